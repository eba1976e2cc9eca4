// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/fixed_point.hpp"
#include "mirim/micro/float_math.hpp"
#include "mirim/micro/requantize.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// int8 or uint8 input and output [rows, depth]; the output's scale is 1/16, its zero point the largest number.
struct LogSoftmaxParams {
  int32_t rows;
  int32_t depth;
  int32_t multiplier;  ///< with left_shift: input scale, to Q5
  int32_t left_shift;
  int32_t difference_min;      ///< smaller differences to the row's largest would overflow Q5
  int32_t reverse_multiplier;  ///< with reverse_shift: from Q5 to steps of the input
  int32_t reverse_shift;
};

template <class V>
constexpr void fields(V&& v, const LogSoftmaxParams& p) {
  v("rows", p.rows);
  v("depth", p.depth);
  v("multiplier", p.multiplier);
  v("left_shift", p.left_shift);
  v("difference_min", p.difference_min);
  v("reverse_multiplier", p.reverse_multiplier);
  v("reverse_shift", p.reverse_shift);
}

/// log(x) for x >= 1 in Q12, in Q5. With x = r * 2^k and r near sqrt(sqrt(1/2)): k log 2 + log r, with a rational
/// approximation of log r around that point. Of the two choices for k, a quarter apart, the one with the smaller r is
/// used.
inline int32_t log_of_q12(int32_t x) {
  constexpr int32_t kLog2 = 1488522236;          // Q0
  constexpr int32_t kSqrtHalf = 1518500250;      // Q0
  constexpr int32_t kSqrtSqrtHalf = 1805811301;  // Q0
  constexpr int32_t kN = 117049297;              // 11/240 * 2^(1/4), Q0
  constexpr int32_t kD = 127690142;              // 1/20 * 2^(1/4), Q0
  constexpr int32_t kI = 1057819769;             // 2 / 2^(1/4) - 2^(1/4), Q0
  constexpr int32_t kF = 638450708;              // 1/4 * 2^(1/4), Q0
  constexpr int kFractionalBits = 25;            // of Q6, where the sum is made
  constexpr int32_t kQuarter = 1 << (kFractionalBits - 2);
  constexpr int kInputIntegerBits = 12;
  const auto times = [](int32_t a, int32_t b) { return saturating_rounding_doubling_high_mul(a, b); };
  const auto shifted = [](int32_t a, int bits) { return bits == 0 ? a : saturating_shift_left(a, bits); };

  const int zeros_a = leading_zeros(static_cast<uint32_t>(x));
  const int32_t r_a = saturating_shift_left(times(shifted(x, zeros_a - 1), kSqrtHalf), 1);
  const int32_t k_a = (kInputIntegerBits - zeros_a) * (1 << kFractionalBits) + kQuarter;
  const int zeros_b = leading_zeros(static_cast<uint32_t>(times(x, kSqrtHalf))) - 1;
  const int32_t r_b = shifted(x, zeros_b);
  const int32_t k_b = (kInputIntegerBits - zeros_b) * (1 << kFractionalBits) - kQuarter;
  const int32_t r = min(r_a, r_b);
  const int32_t k = max(k_a, k_b);

  const int64_t twice_p = static_cast<int64_t>(r) + kSqrtSqrtHalf;  // both are positive
  const auto p = static_cast<int32_t>((twice_p + 1) / 2);
  const int32_t q = 2 * (r - kSqrtSqrtHalf);
  const int32_t square = times(q, q);
  const int32_t numerator = times(q, r) + times(times(q, square), kN);
  const int32_t denominator = times(p, kI + q + times(kD, square)) + times(kF, q);  // less one
  const int32_t log_r = times(rounding_divide_by_pot(numerator, 31 - kFractionalBits), one_over_one_plus(denominator));
  return saturating_shift_left(times(k, kLog2) + log_r, 1);
}

/// output[r, c] = 16 * (x[r, c] - log(sum over d of exp(x[r, d]))) + zero point, in fixed point; T is int8_t or
/// uint8_t.
template <class T>
inline void log_softmax(const LogSoftmaxParams& p, const T* input, T* output) {
  constexpr int kOutputShift = 31 - 5 - 4;
  constexpr int32_t kLeast = T(-1) < 0 ? INT8_MIN : 0;
  constexpr int32_t kMost = kLeast + UINT8_MAX;
  const auto to_q5 = [&p](int32_t difference) {
    return multiply_by_quantized_multiplier(difference, p.multiplier, p.left_shift);
  };
  for (int32_t r = 0; r < p.rows; ++r, input += p.depth, output += p.depth) {
    int32_t largest = kLeast;
    for (int32_t c = 0; c < p.depth; ++c) largest = max(largest, input[c]);
    int32_t sum = 0;  // Q12
    for (int32_t c = 0; c < p.depth; ++c) {
      const int32_t difference = input[c] - largest;
      if (difference >= p.difference_min) {
        sum += rounding_divide_by_pot(exp_on_negative_values<5>(to_q5(difference)), 12);
      }
    }
    const int32_t log_sum = log_of_q12(sum);
    // Smaller inputs would overflow Q5 when the logarithm is subtracted.
    const int32_t least = max(p.difference_min - 1, multiply_by_quantized_multiplier(
                                                        INT32_MIN + log_sum, p.reverse_multiplier, p.reverse_shift));
    for (int32_t c = 0; c < p.depth; ++c) {
      const int32_t difference = input[c] - largest;
      int32_t result = kLeast;
      if (difference > least) result = rounding_divide_by_pot(to_q5(difference) - log_sum, kOutputShift) + kMost;
      output[c] = static_cast<T>(clamp(result, kLeast, kMost));
    }
  }
}

/// Input and output float [rows, depth].
struct LogSoftmaxFloatParams {
  int32_t rows;
  int32_t depth;
};

template <class V>
constexpr void fields(V&& v, const LogSoftmaxFloatParams& p) {
  v("rows", p.rows);
  v("depth", p.depth);
}

/// output[r, c] = x[r, c] - log(sum over d of exp(x[r, d])).
inline void log_softmax_float(const LogSoftmaxFloatParams& p, const float* input, float* output) {
  for (int32_t r = 0; r < p.rows; ++r, input += p.depth, output += p.depth) {
    float largest = input[0];
    for (int32_t c = 1; c < p.depth; ++c) largest = input[c] > largest ? input[c] : largest;
    float sum = 0;
    for (int32_t c = 0; c < p.depth; ++c) sum += exponential(input[c] - largest);
    const float log_sum = logarithm(sum);
    for (int32_t c = 0; c < p.depth; ++c) output[c] = input[c] - largest - log_sum;
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
