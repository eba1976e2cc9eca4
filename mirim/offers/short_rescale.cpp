#include "mirim/offers/short_rescale.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "mirim/micro/requantize.hpp"

namespace mirim {
namespace {

constexpr std::int64_t kMostSum = (std::int64_t{1} << 30) - 1;
constexpr std::int32_t kLeastShift = -22;

struct Scale {
  std::int32_t multiplier, shift;
  std::int64_t operator()(std::int64_t sum) const {
    return micro::multiply_by_quantized_multiplier(static_cast<std::int32_t>(sum), multiplier, shift);
  }
};

// Results rise with the sum: two scales that rise at the same sums are equal.
bool equal_between(std::int64_t least, std::int64_t most, const Scale& a, const Scale& b) {
  if (a(least) != b(least) || a(most) != b(most)) return false;
  for (std::int64_t value = a(least) + 1, from = least; value <= a(most); ++value) {
    std::int64_t below = from, reached = most;  // a(below) < value <= a(reached)
    while (reached - below > 1) {
      const std::int64_t middle = below + (reached - below) / 2;
      (a(middle) < value ? below : reached) = middle;
    }
    if (b(below) >= value || b(reached) < value) return false;
    from = below;
  }
  return true;
}

// A scale of the least shift with the results of `scale`; a multiplier of 0 and a shift of 0 if there is none.
Scale with_least_shift(std::int64_t least, std::int64_t most, const Scale& scale) {
  const int more = kLeastShift - scale.shift;
  const auto nearest =
      static_cast<std::int32_t>((std::int64_t{scale.multiplier} + (std::int64_t{1} << (more - 1))) >> more);
  for (const std::int32_t multiplier : {nearest, nearest + 1, nearest - 1}) {
    const Scale other{multiplier, kLeastShift};
    if (multiplier >= 0 && equal_between(least, most, scale, other)) return other;
  }
  return {0, 0};
}

// 2^-10 of the bias, which is exact.
ShortChannel constant_channel(std::int64_t result) {
  constexpr std::int64_t kFar = 1000;  // beyond int8 wherever the zero point is
  return {.bias = std::clamp(result, -kFar, kFar) * 1024, .multiplier = 1 << 30, .right = 8, .constant = true};
}

}  // namespace

ShortChannel short_channel(std::int64_t bias, SumRange range, std::int32_t multiplier, std::int32_t shift) {
  const std::int64_t least = bias + range.least, most = bias + range.most;
  Scale scale{multiplier, shift};
  const bool is_int32 =
      least >= std::numeric_limits<std::int32_t>::min() && most <= std::numeric_limits<std::int32_t>::max();
  // With a shift to the left a sum may lose bits, and then results do not rise.
  if (is_int32 && shift <= 0 && scale(least) == scale(most)) return constant_channel(scale(least));
  if (least < -kMostSum || most > kMostSum || bias < -kMostSum || bias > kMostSum) {
    return {.refusal = fmt::format("sums of {} to {} need more than 31 bits", least, most)};
  }
  if (shift < kLeastShift) scale = with_least_shift(least, most, scale);
  if (scale.shift < kLeastShift || scale.shift > -1) {
    return {.refusal = fmt::format("a shift of {} is not in [{}, -1]", shift, kLeastShift)};
  }
  return {.bias = bias, .multiplier = scale.multiplier, .right = -scale.shift - 1};
}

}  // namespace mirim
