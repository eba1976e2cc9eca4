#pragma once

#include <cstdint>
#include <optional>

/// TFLite's rescaling of a sum, by one multiplication in floats.
namespace mirim::int8 {

/// What a sum becomes: TFLite's double rounding of sum * multiplier / 2^(31 + right), 2^30 <= multiplier < 2^31.
/// Counts for sums of at most `largest` in absolute value, and only from -down to up: beyond, the result is clamped.
struct Rounding {
  std::int32_t multiplier = 0;
  int right = 0;
  std::int64_t largest = 0;
  int up = 0;
  int down = 0;  ///< 0: whatever a negative sum becomes is clamped to 0

  bool operator==(const Rounding&) const = default;
};

/// scale and half with
///   clamp(trunc(sum * scale + (sum < 0 ? -half : half)), -down, up)
/// exactly the rounding's, sum for sum, where the product is not rounded and the result is rounded towards zero before
/// it is cut to an integer (VFMADD with its own rounding; 24 bits of the multiplier, of 31, are then enough).
struct FloatScale {
  float scale = 0;
  float half = 0;
};

/// Tries the scales nearest to the rounding's. Both functions only rise, so it is enough to look at the two sums around
/// each step from one result to the next. Empty where none does, or `largest` is beyond a float's integers.
std::optional<FloatScale> float_scale(const Rounding& rounding);

}  // namespace mirim::int8
