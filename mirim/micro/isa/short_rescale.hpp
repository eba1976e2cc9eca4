// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/simd32.hpp"

/// Requantization of a sum to int8 in four instructions, for sums whose range was checked when they were packed
/// (`short_channel` in mirim/offers): TensorFlow Lite's two roundings, bit for bit, without its tests.
///
/// x is the sum, m the multiplier, s = -shift, z the zero point. TensorFlow Lite first has p = round(x * m / 2^31),
/// ties up. Its result is z + round(p / 2^s), ties away from zero. Taking 1 from negative p turns that into
/// (((p - (p < 0)) >> (s - 1)) + 2 z + 1) >> 1. The sign may be that of x: they differ only at p = 0, where both give
/// z. SMMLAR adds to its product, so (2 z + 1) << (s - 1) and the sign go in with it; SSAT does the last shift.
namespace mirim {
namespace micro {
inline namespace v0 {

/// a + b modulo 2^32.
constexpr int32_t wrapping_add(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
}

/// `to` + round(a * b / 2^32), ties towards plus infinity.
inline int32_t add_rounded_high_product(int32_t to, int32_t a, int32_t b) {
#ifdef MIRIM_SIMD32
  int32_t y;
  __asm__("smmlar %0, %1, %2, %3" : "=r"(y) : "r"(a), "r"(b), "r"(to));
  return y;
#else
  return wrapping_add(to, rounded_high_product(a, b));
#endif
}

/// How the sums of an output channel become int8.
struct ShortRescale {
  int32_t multiplier;
  int32_t right;  ///< -shift - 1, in [0, 21]
  int32_t start;  ///< (2 * zero point + 1) << right

  static ShortRescale of(int32_t multiplier, int32_t right, int32_t output_offset) {
    return {multiplier, right, static_cast<int32_t>(static_cast<uint32_t>(2 * output_offset + 1) << right)};
  }
  /// The result of a sum of which twice the value is given.
  int32_t result(int32_t twice) const {
    return saturated_half(add_rounded_high_product(start + (twice >> 31), twice, multiplier) >> right);
  }
};

}  // namespace v0
}  // namespace micro
}  // namespace mirim
