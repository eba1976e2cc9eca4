#pragma once

#include <cstdint>
#include <optional>

/// TFLite's requantization of a sum as one float multiplication.
namespace mirim::int8 {

/// TFLite's double rounding of sum * multiplier / 2^(31 + right), 2^30 <= multiplier < 2^31. Only sums of at most
/// `largest` in absolute value matter, and results from -down to up: others are clamped.
struct Rounding {
  std::int32_t multiplier = 0;
  int right = 0;
  std::int64_t largest = 0;
  int up = 0;
  int down = 0;  ///< 0: negative sums are clamped to 0

  bool operator==(const Rounding&) const = default;
};

/// scale and half such that
///   clamp(trunc(sum * scale + (sum < 0 ? -half : half)), -down, up)
/// equals the integer rounding for every sum, if the product is not rounded and the result is rounded towards zero
/// before it is converted to an integer (VFMADD with its own rounding; 24 of the multiplier's 31 bits are then enough).
struct FloatScale {
  float scale = 0;
  float half = 0;
};

/// Tries the scales nearest to the rounding's. Both functions are non-decreasing, so checking the two sums around each
/// step is enough. Empty if no scale fits, or `largest` is beyond a float's integers.
std::optional<FloatScale> float_scale(const Rounding& rounding);

}  // namespace mirim::int8
