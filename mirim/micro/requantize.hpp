// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/simd32.hpp"
#include "mirim/micro/unroll.hpp"

/// Requantization of a sum to an activation, with the arithmetic of TensorFlow Lite's reference kernels.
namespace mirim {
namespace micro {
inline namespace v0 {

constexpr int32_t min(int32_t a, int32_t b) { return a < b ? a : b; }
constexpr int32_t max(int32_t a, int32_t b) { return a > b ? a : b; }
constexpr int32_t clamp(int32_t x, int32_t low, int32_t high) { return max(low, min(x, high)); }

/// round(a * b / 2^31), ties towards plus infinity; -2^31 * -2^31 gives 2^31 - 1. gemmlowp defines it by a nudge of
/// 2^30 or 1 - 2^30 and a truncating division; one sum and one arithmetic shift give the same number for either sign.
constexpr int32_t saturating_rounding_doubling_high_mul(int32_t a, int32_t b) {
  if (a == INT32_MIN && b == INT32_MIN) return INT32_MAX;
  return static_cast<int32_t>((static_cast<int64_t>(a) * b + (int64_t{1} << 30)) >> 31);
}

/// round(x / 2^exponent), ties away from zero; 0 <= exponent <= 31.
constexpr int32_t rounding_divide_by_pot(int32_t x, int exponent) {
  const auto mask = static_cast<int32_t>((int64_t{1} << exponent) - 1);
  const int32_t remainder = x & mask;
  const int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + (remainder > threshold ? 1 : 0);
}

/// x * 2^exponent; bits above 32 are lost as on the device, without C++'s undefined overflow.
constexpr int32_t shift_left(int32_t x, int exponent) {
  return static_cast<int32_t>(static_cast<uint32_t>(x) << exponent);
}

/// x * multiplier / 2^31 * 2^shift, rounded twice: after the product, and after the shift to the right. multiplier in
/// [2^30, 2^31), or 0; shift in [-31, 30].
constexpr int32_t multiply_by_quantized_multiplier(int32_t x, int32_t multiplier, int32_t shift) {
  const int32_t product = saturating_rounding_doubling_high_mul(shift_left(x, max(shift, 0)), multiplier);
  return rounding_divide_by_pot(product, max(-shift, 0));
}

/// multiply_by_quantized_multiplier in few instructions. SMMULR rounds once; with s = -shift, shift by s-1, add 1,
/// shift by 1 rounds again. Subtracting 1 from negatives first sends ties away from zero.
inline int32_t rescaled_by_simd32(int32_t x, int32_t multiplier, int32_t shift) {
  int32_t twice;
  if (shift > 0 || __builtin_add_overflow(x, x, &twice)) return multiply_by_quantized_multiplier(x, multiplier, shift);
  int32_t product = rounded_high_product(twice, multiplier);
  if (shift == 0) return product;
  product += product >> 31;
  return ((product >> (-shift - 1)) + 1) >> 1;
}

/// The faster of the two on this core.
inline int32_t rescaled(int32_t x, int32_t multiplier, int32_t shift) {
  return kSimd32 ? rescaled_by_simd32(x, multiplier, shift) : multiply_by_quantized_multiplier(x, multiplier, shift);
}

/// x * multiplier / 2^31 * 2^shift with the rounded 16 high bits of the multiplier and one rounding of the product,
/// ties towards plus infinity: TensorFlow Lite's arithmetic for 64-bit sums. |x| < 2^47, shift in [-31, 7].
constexpr int32_t multiply_by_reduced_multiplier(int64_t x, int32_t multiplier, int32_t shift) {
  const int32_t reduced = multiplier < 0x7fff0000 ? (multiplier + (1 << 15)) >> 16 : 0x7fff;
  const int32_t total = 15 - shift;
  return static_cast<int32_t>((x * reduced + (int64_t{1} << (total - 1))) >> total);
}

/// The type of sums of products of activations and weights.
template <class Activation>
struct SumOf {
  using Type = int32_t;
};
template <>
struct SumOf<int16_t> {
  using Type = int64_t;
};

/// Requantizes a sum by the type of its bias: TensorFlow Lite has 32-bit sums with an int32 bias, 64-bit sums with an
/// int64 one.
inline int32_t requantized_sum(const int32_t*, int64_t sum, int32_t multiplier, int32_t shift) {
  return rescaled(static_cast<int32_t>(sum), multiplier, shift);
}
constexpr int32_t requantized_sum(const int64_t*, int64_t sum, int32_t multiplier, int32_t shift) {
  return multiply_by_reduced_multiplier(sum, multiplier, shift);
}

/// clamp(output_offset + requantize(sum)) with the multiplier and shift of an output channel; multiplier_stride is 0 if
/// all channels share one. `bias` may be null, only its type is used.
template <class Activation, class Bias, class Params>
inline Activation requantized_channel(const Params& p, const Bias* bias, typename SumOf<Activation>::Type sum,
                                      int32_t channel, const int32_t* multiplier, const int32_t* shift) {
  const int32_t k = channel * p.multiplier_stride;
  const int32_t scaled = requantized_sum(bias, sum, multiplier[k], shift[k]);
  return static_cast<Activation>(clamp(p.output_offset + scaled, p.activation_min, p.activation_max));
}

/// The offset of weights: minus the zero point of uint8 weights. Signed weights have none.
template <class Weights, class Params>
constexpr int32_t weights_offset(const Params& p) {
  constexpr bool kAsymmetric = static_cast<Weights>(-1) > 0;
  return kAsymmetric ? p.weights_offset : 0;
}

[[gnu::noinline]] inline int32_t saturated_int8(int32_t sum, int32_t multiplier, int32_t shift, int32_t offset) {
  return clamp(offset + multiply_by_quantized_multiplier(sum, multiplier, shift), -128, 127);
}

/// Clamps `count` int8 results to an activation's range, unless that is int8's.
inline void clamp_results(int8_t* output, int32_t count, int32_t low, int32_t high) {
  if (low == -128 && high == 127) return;
  MIRIM_UNROLL(1)
  for (int32_t o = 0; o < count; ++o) output[o] = static_cast<int8_t>(clamp(output[o], low, high));
}

/// int8 requantized_channel for consecutive output channels, by rescaled_by_simd32.
struct Int8Channels {
  struct Rescale {
    int32_t multiplier;
    int32_t shift;
  };
  const int32_t* bias;  ///< may be null
  const int32_t* multiplier;
  const int32_t* shift;
  int32_t multiplier_stride;
  int32_t output_offset;
  int32_t activation_min;
  int32_t activation_max;

  template <class Params>
  static Int8Channels of(const Params& p, const int32_t* bias, const int32_t* multiplier, const int32_t* shift) {
    return {bias, multiplier, shift, p.multiplier_stride, p.output_offset, p.activation_min, p.activation_max};
  }
  /// Moves on by `count` channels.
  void skip(int32_t count) {
    if (bias) bias += count;
    multiplier += count * multiplier_stride;
    shift += count * multiplier_stride;
  }
  /// The initial sum of the channel `ahead` of the next.
  int32_t start(int32_t ahead) const { return bias ? bias[ahead] : 0; }
  Rescale rescale(int32_t ahead) const {
    return {multiplier[ahead * multiplier_stride], shift[ahead * multiplier_stride]};
  }
  /// rescaled_by_simd32 with the last shift in the saturation; `bound` does the rest.
  int32_t result(int32_t sum, Rescale r) const {
    const int32_t right = ~r.shift;
    int32_t twice;
    if (right < 0 || __builtin_add_overflow(sum, sum, &twice)) {
      return saturated_int8(sum, r.multiplier, r.shift, output_offset);
    }
    int32_t product = rounded_high_product(twice, r.multiplier);
    product += product >> 31;
    return saturated_half((product >> right) + (2 * output_offset + 1));
  }
  /// Clamps to the activation's range.
  void bound(int8_t* output, int32_t count) const { clamp_results(output, count, activation_min, activation_max); }
};

}  // namespace v0
}  // namespace micro
}  // namespace mirim
