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

/// How the sums of a channel become int8: bias, multiplier and shift as micro::ShortRescale takes them.
struct ShortChannel {
  std::int64_t bias = 0;
  std::int32_t multiplier = 0;
  std::int32_t right = 0;  ///< -shift - 1
  bool constant = false;   ///< all sums have one result, which the bias alone gives: the weights are to be 0
  std::string refusal{};   ///< why micro::ShortRescale may not finish the channel; empty if it may
};

/// Finishes a channel whose sums are bias + `range` with the results of multiply_by_quantized_multiplier. Twice the sum
/// must fit 32 bits and the shift be in [-22, -1]; a smaller shift, which filters of tiny weights have, is replaced by
/// one with the same results for all these sums. A channel whose result does not depend on its inputs fits always.
ShortChannel short_channel(std::int64_t bias, SumRange range, std::int32_t multiplier, std::int32_t shift);

}  // namespace mirim
