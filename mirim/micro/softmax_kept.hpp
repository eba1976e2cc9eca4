// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/fixed_point.hpp"
#include "mirim/micro/isa/saturate.hpp"
#include "mirim/micro/isa/short_rescale.hpp"
#include "mirim/micro/softmax.hpp"
#include "mirim/micro/unroll.hpp"

/// int8 softmax whose exponentials are computed once and kept in scratch; the plain kernel computes them twice.
/// gemmlowp's product of two fixed-point numbers, round(a * b / 2^31), is one SMMULR or SMMLAR where twice b, or that
/// less 2^32, is known: about 45 instructions an exponential in place of 80, and 25 for the reciprocal.
namespace mirim {
namespace micro {
inline namespace v0 {

/// saturating_rounding_doubling_high_mul(x, factor): twice the factor as a word, which is 2^32 less from 2^30 on.
inline int32_t fixed_product(int32_t x, int32_t factor) {
  const auto twice = static_cast<int32_t>(2 * static_cast<uint32_t>(factor));
  return add_rounded_high_product(factor >= INT32_C(1) << 30 ? x : 0, x, twice);
}

/// exp_on_negative_values<5>.
inline int32_t fast_exp(int32_t a) {
  if (a == 0) return INT32_MAX;
  constexpr int32_t kQuarter = INT32_C(1) << 24;
  const int32_t in_last_quarter = (a & (kQuarter - 1)) - kQuarter;
  // exp_on_last_quarter: |x| is at most 2^28.
  const int32_t x = in_last_quarter * 32 + (INT32_C(1) << 28);
  const int32_t x2 = rounded_high_product(2 * x, x);
  const int32_t x3 = rounded_high_product(2 * x2, x);
  const int32_t x4 = rounded_high_product(2 * x2, x2);
  const int32_t third = fixed_product(((x4 + 2) >> 2) + x3, 715827883);
  const int32_t sum = third + x2;
  const int32_t rest = (sum + (sum >> 31) + 1) >> 1;
  constexpr int32_t kExpOfMinusOneEighth = 1895147668;
  int32_t result = kExpOfMinusOneEighth + rounded_high_product(2 * (x + rest), kExpOfMinusOneEighth);
  const int32_t quarters = in_last_quarter - a;
  if (quarters & kQuarter) result = fixed_product(result, 1672461947);
  if (quarters & kQuarter << 1) result = fixed_product(result, 1302514674);
  if (quarters & kQuarter << 2) result = fixed_product(result, 790015084);
  if (quarters & kQuarter << 3) result = fixed_product(result, 290630308);
  if (quarters & kQuarter << 4) result = fixed_product(result, 39332535);
  if (quarters & kQuarter << 5) result = fixed_product(result, 720401);
  if (quarters & kQuarter << 6) result = fixed_product(result, 242);
  return result;
}

/// one_over_one_plus: three Newton steps for 2 / (1 + a) in Q2, then doubled.
inline int32_t fast_one_over_one_plus(int32_t a) {
  constexpr int32_t k48Over17 = 1515870810, kMinus32Over17 = -1010580540, kOne = INT32_C(1) << 29;
  // (2^31 + a) / 2, rounded down; from 2^30 on.
  const auto half = static_cast<int32_t>((static_cast<uint32_t>(a) + (UINT32_C(1) << 31)) >> 1);
  int32_t x = k48Over17 + fixed_product(kMinus32Over17, half);
  for (int step = 0; step < 3; ++step) x += 4 * fixed_product(kOne - fixed_product(x, half), x);
  return x >= INT32_C(1) << 30 ? INT32_MAX : 2 * x;
}

/// softmax of int8 to int8, depth at most kMostKept. kept: room for `depth` numbers.
constexpr int32_t kMostKept = 8191;  // their sum has 32 bits

inline void softmax_kept(const SoftmaxParams& p, const int8_t* input, int32_t* kept, int8_t* output) {
  constexpr int kSumIntegerBits = 12;
  for (int32_t r = 0; r < p.rows; ++r, input += p.depth, output += p.depth) {
    int32_t largest = INT8_MIN;
    MIRIM_UNROLL(1)
    for (int32_t c = 0; c < p.depth; ++c) largest = max(largest, input[c]);
    uint32_t sum = 0;
    MIRIM_UNROLL(1)
    for (int32_t c = 0; c < p.depth; ++c) {
      const int32_t difference = input[c] - largest;
      int32_t exponential = 0;
      if (difference >= p.difference_min) {
        exponential = fast_exp(fixed_product(shift_left(difference, p.left_shift), p.multiplier));
      }
      kept[c] = exponential;
      sum += (static_cast<uint32_t>(exponential) + (1U << (kSumIntegerBits - 1))) >> kSumIntegerBits;
    }
    // As in `softmax`: 1 / sum = 1 / (1 + a) / 2^bits_over_unit; the reciprocal is from 1/2 to 1.
    const int headroom = __builtin_clz(sum);  // not 0: the largest's part is 2^19
    const int32_t reciprocal = fast_one_over_one_plus(static_cast<int32_t>((sum << headroom) - (UINT32_C(1) << 31)));
    const int exponent = kSumIntegerBits - headroom + 31 - 8;
    MIRIM_UNROLL(1)
    for (int32_t c = 0; c < p.depth; ++c) {
      const auto product = static_cast<uint32_t>(fixed_product(kept[c], reciprocal));
      const uint32_t result = exponent > 31 ? 0 : (product + (1U << (exponent - 1))) >> exponent;
      output[c] = static_cast<int8_t>(saturated_to_int8(static_cast<int32_t>(result) - 128));
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
