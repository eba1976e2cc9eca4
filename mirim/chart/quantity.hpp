#pragma once

#include <string_view>

namespace mirim::chart {

/// What a unit measures, and so which units there are.
enum class Measure {
  compute,     ///< of a training; base unit FLOP. petaFLOP/s-day is 8.64e19 FLOP
  operations,  ///< of an inference; base unit MAC (multiply-accumulate). 1 MAC is 2 FLOP
  bytes,       ///< base unit B. kB, KB, MB are powers of 1,000; KiB, MiB of 1,024
  share,       ///< base unit 1. % is a hundredth
};

/// A value in its base unit. Units of compute and operations take SI prefixes, as letters or words: "GMAC",
/// "petaFLOP/s-day". Throws Error for any other unit, naming some that there are; also for FLOPS and FLOP/s, which are
/// rates.
double in_base_unit(double value, std::string_view unit, Measure measure);

}  // namespace mirim::chart
