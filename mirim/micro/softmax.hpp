// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/fixed_point.hpp"
#include "mirim/micro/float_math.hpp"
#include "mirim/micro/requantize.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// input and output [rows, depth] of int8 or uint8, or output of int16; the output's scale is 2^-bits of its type, its
/// zero point the type's least number.
struct SoftmaxParams {
  int32_t rows;
  int32_t depth;
  int32_t multiplier;  ///< with left_shift: beta * input scale, to Q5
  int32_t left_shift;
  int32_t difference_min;  ///< smaller differences to the row's largest would overflow Q5, and are 0 anyway
};

template <class V>
constexpr void fields(V&& v, const SoftmaxParams& p) {
  v("rows", p.rows);
  v("depth", p.depth);
  v("multiplier", p.multiplier);
  v("left_shift", p.left_shift);
  v("difference_min", p.difference_min);
}

/// exp(beta * scale * difference) in Q0, difference in [difference_min, 0].
inline int32_t softmax_exp(const SoftmaxParams& p, int32_t difference) {
  return exp_on_negative_values<5>(
      saturating_rounding_doubling_high_mul(shift_left(difference, p.left_shift), p.multiplier));
}

/// output[r, c] = 2^bits * exp(beta * x[r, c]) / sum over d of exp(beta * x[r, d]) + the least number, in fixed point.
template <class In, class Out>
inline void softmax(const SoftmaxParams& p, const In* input, Out* output) {
  constexpr int kSumIntegerBits = 12;
  constexpr int kBits = 8 * static_cast<int>(sizeof(Out));
  constexpr int32_t kLeast = static_cast<Out>(-1) < 0 ? -(1 << (kBits - 1)) : 0;
  constexpr int32_t kLeastInput = static_cast<In>(-1) < 0 ? INT8_MIN : 0;
  for (int32_t r = 0; r < p.rows; ++r, input += p.depth, output += p.depth) {
    int32_t largest = kLeastInput;
    for (int32_t c = 0; c < p.depth; ++c) largest = max(largest, input[c]);

    // Q12 with one bit more: it saturates at 8191, where any 8-bit output is 0.
    uint32_t sum = 0;
    for (int32_t c = 0; c < p.depth; ++c) {
      const int32_t difference = input[c] - largest;
      if (difference < p.difference_min) continue;
      const int32_t part = rounding_divide_by_pot(softmax_exp(p, difference), kSumIntegerBits);
      if (__builtin_add_overflow(sum, static_cast<uint32_t>(part), &sum)) sum = UINT32_MAX;
    }

    // 1 / sum = 1 / (1 + a) / 2^bits_over_unit with a in [0, 1).
    const int headroom = leading_zeros(sum);
    const int bits_over_unit = kSumIntegerBits - headroom;
    const auto a = static_cast<int32_t>((sum << headroom) - (UINT32_C(1) << 31));
    const int32_t reciprocal = one_over_one_plus(a);
    // Beyond 31, which takes hundreds of nearly equal inputs, every output is less than half a step.
    const int exponent = bits_over_unit + 31 - kBits;
    const int32_t difference_min = exponent > 31 ? 1 : p.difference_min;

    for (int32_t c = 0; c < p.depth; ++c) {
      const int32_t difference = input[c] - largest;
      int32_t result = 0;
      if (difference >= difference_min) {
        result = rounding_divide_by_pot(saturating_rounding_doubling_high_mul(reciprocal, softmax_exp(p, difference)),
                                        exponent);
      }
      output[c] = static_cast<Out>(clamp(result + kLeast, kLeast, kLeast + (1 << kBits) - 1));
    }
  }
}

/// input and output [rows, depth] of int16; the output's scale is 2^-15, its zero point 0.
struct SoftmaxInt16Params {
  int32_t rows;
  int32_t depth;
  int32_t multiplier;  ///< with shift: beta * input scale, in units of 10 / 65535
  int32_t shift;
};

template <class V>
constexpr void fields(V&& v, const SoftmaxInt16Params& p) {
  v("rows", p.rows);
  v("depth", p.depth);
  v("multiplier", p.multiplier);
  v("shift", p.shift);
}

/// A function sampled at 513 points of [-2^15, 2^15], linearly interpolated.
inline int16_t between_samples(const int16_t* samples, int32_t x) {
  const int32_t at = 256 + (x >> 7);
  return static_cast<int16_t>(samples[at] + (((samples[at + 1] - samples[at]) * (x & 127) + 64) >> 7));
}

/// exp of a difference to the largest, in Q15; exp_samples sample exp on [-10, 0].
inline int16_t softmax_exp_int16(const SoftmaxInt16Params& p, int32_t difference, const int16_t* exp_samples) {
  const int32_t scaled = clamp(multiply_by_quantized_multiplier(difference, p.multiplier, p.shift), -65535, 0);
  return between_samples(exp_samples, scaled + INT16_MAX);
}

/// output[r, c] = 2^15 * exp(beta * x[r, c]) / sum over d of exp(beta * x[r, d]), with reciprocal_samples 1 / (1 + a)
/// for a in [0, 1].
inline void softmax_int16(const SoftmaxInt16Params& p, const int16_t* input, const int16_t* exp_samples,
                          const int16_t* reciprocal_samples, int16_t* output) {
  for (int32_t r = 0; r < p.rows; ++r, input += p.depth, output += p.depth) {
    int32_t largest = INT16_MIN;
    for (int32_t c = 0; c < p.depth; ++c) largest = max(largest, input[c]);

    int32_t sum = 0;
    for (int32_t c = 0; c < p.depth; ++c) {
      output[c] = softmax_exp_int16(p, input[c] - largest, exp_samples);
      sum += output[c];
    }

    // sum = (1 + a) * 2^(31 - headroom), a in [0, 1).
    const int headroom = leading_zeros(static_cast<uint32_t>(sum));
    const auto one_and_a = static_cast<int32_t>(((static_cast<int64_t>(sum) << (headroom - 1)) + (1 << 13)) >> 14);
    const int32_t a = clamp(one_and_a - (1 << 16) - (1 << 15), INT16_MIN, INT16_MAX);
    const int64_t reciprocal = between_samples(reciprocal_samples, a);
    const int shift = 31 - headroom;
    for (int32_t c = 0; c < p.depth; ++c) {
      const auto y = static_cast<int32_t>((output[c] * reciprocal + (int64_t{1} << (shift - 1))) >> shift);
      output[c] = static_cast<int16_t>(clamp(y, 0, INT16_MAX));
    }
  }
}

/// Input and output float [rows, depth].
struct SoftmaxFloatParams {
  int32_t rows;
  int32_t depth;
  float beta;
};

template <class V>
constexpr void fields(V&& v, const SoftmaxFloatParams& p) {
  v("rows", p.rows);
  v("depth", p.depth);
  v("beta", p.beta);
}

/// output[r, c] = exp(beta * x[r, c]) / sum over d of exp(beta * x[r, d]), with the row's largest subtracted first.
inline void softmax_float(const SoftmaxFloatParams& p, const float* input, float* output) {
  for (int32_t r = 0; r < p.rows; ++r, input += p.depth, output += p.depth) {
    float largest = input[0];
    for (int32_t c = 1; c < p.depth; ++c) largest = input[c] > largest ? input[c] : largest;
    float sum = 0;
    for (int32_t c = 0; c < p.depth; ++c) {
      output[c] = exponential((input[c] - largest) * p.beta);
      sum += output[c];
    }
    for (int32_t c = 0; c < p.depth; ++c) output[c] /= sum;
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
