#pragma once

#include <cstdint>
#include <string>

namespace mirim {

/// The sums that a filter can have with int8 inputs, without its bias.
struct SumRange {
  std::int64_t least = 0;
  std::int64_t most = 0;

  void add(std::int32_t weight) {
    least += weight < 0 ? weight * 127 : weight * -128;
    most += weight < 0 ? weight * -128 : weight * 127;
  }
};

/// Why micro::ShortRescale may not finish a channel whose sums are bias + `range`; empty if it may. Twice the sum must
/// fit 32 bits, the shift be in [-20, -1].
std::string short_rescale_refusal(std::int64_t bias, SumRange range, std::int32_t shift);

}  // namespace mirim
