// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/fixed_point.hpp"
#include "mirim/micro/requantize.hpp"

namespace mirim::micro {
inline namespace v0 {

/// input and output [rows, depth]; the output's scale is 1/256, its zero point -128.
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

/// output[r, c] = 256 * exp(beta * x[r, c]) / sum over d of exp(beta * x[r, d]) - 128, in fixed point.
inline void softmax(const SoftmaxParams& p, const int8_t* input, int8_t* output) {
  constexpr int kSumIntegerBits = 12;
  for (int32_t r = 0; r < p.rows; ++r, input += p.depth, output += p.depth) {
    int32_t largest = INT8_MIN;
    for (int32_t c = 0; c < p.depth; ++c) largest = max(largest, input[c]);

    int32_t sum = 0;  // Q12
    for (int32_t c = 0; c < p.depth; ++c) {
      const int32_t difference = input[c] - largest;
      if (difference >= p.difference_min) {
        sum += rounding_divide_by_pot(softmax_exp(p, difference), kSumIntegerBits);
      }
    }

    // 1 / sum = 1 / (1 + a) / 2^bits_over_unit with a in [0, 1).
    const int headroom = leading_zeros(static_cast<uint32_t>(sum));
    const int bits_over_unit = kSumIntegerBits - headroom;
    const auto a = static_cast<int32_t>((static_cast<uint32_t>(sum) << headroom) - (UINT32_C(1) << 31));
    const int32_t reciprocal = one_over_one_plus(a);
    // Beyond 512 equal inputs the shift would pass 31; the outputs are 0 or 1 by then.
    const int exponent = min(bits_over_unit + 31 - 8, 31);

    for (int32_t c = 0; c < p.depth; ++c) {
      const int32_t difference = input[c] - largest;
      int32_t result = 0;
      if (difference >= p.difference_min) {
        result = rounding_divide_by_pot(saturating_rounding_doubling_high_mul(reciprocal, softmax_exp(p, difference)),
                                        exponent);
      }
      output[c] = static_cast<int8_t>(clamp(result + INT8_MIN, INT8_MIN, INT8_MAX));
    }
  }
}

}  // namespace v0
}  // namespace mirim::micro
