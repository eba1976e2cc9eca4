// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/requantize.hpp"

/// exp and 1/(1+x) on int32 fixed-point numbers, with the bits of gemmlowp's, which TensorFlow Lite's reference
/// softmax, logistic and tanh use. Qm has m integer bits: real = raw / 2^(31-m).
namespace mirim {
namespace micro {
inline namespace v0 {

/// raw * 2^exponent, exponent > 0, saturated to int32.
constexpr int32_t saturating_shift_left(int32_t raw, int exponent) {
  const int32_t threshold = (int32_t{1} << (31 - exponent)) - 1;
  if (raw > threshold) return INT32_MAX;
  if (raw < -threshold) return INT32_MIN;
  return shift_left(raw, exponent);
}

/// exp(a) for a in [-1/4, 0), Q0 to Q0: the fourth-order Taylor series around -1/8.
constexpr int32_t exp_on_last_quarter(int32_t a) {
  constexpr int32_t kExpOfMinusOneEighth = 1895147668;
  constexpr int32_t kOneThird = 715827883;
  const int32_t x = a + (int32_t{1} << 28);
  const int32_t x2 = saturating_rounding_doubling_high_mul(x, x);
  const int32_t x3 = saturating_rounding_doubling_high_mul(x2, x);
  const int32_t x4 = saturating_rounding_doubling_high_mul(x2, x2);
  // x^2/2 + x^3/6 + x^4/24 = (x^2 + (x^3 + x^4/4) / 3) / 2
  const int32_t third = saturating_rounding_doubling_high_mul(rounding_divide_by_pot(x4, 2) + x3, kOneThird);
  const int32_t rest = rounding_divide_by_pot(third + x2, 1);
  return kExpOfMinusOneEighth + saturating_rounding_doubling_high_mul(kExpOfMinusOneEighth, x + rest);
}

/// exp(a) for a <= 0, Q<IntegerBits> to Q0, IntegerBits 1 to 5: exp on the last quarter times exp(-2^k) for each
/// further bit k of -a.
template <int IntegerBits>
constexpr int32_t exp_on_negative_values(int32_t a) {
  static_assert(IntegerBits >= 1 && IntegerBits <= 5, "more bits need a clamp at -32");
  constexpr int kFractionalBits = 31 - IntegerBits;
  // exp(-2^k) in Q0 for k = -2, -1, 0, 1, 2, 3, 4.
  constexpr int32_t kFactors[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
  if (a == 0) return INT32_MAX;
  constexpr int32_t kQuarter = int32_t{1} << (kFractionalBits - 2);
  const int32_t in_last_quarter = (a & (kQuarter - 1)) - kQuarter;
  int32_t result = exp_on_last_quarter(saturating_shift_left(in_last_quarter, IntegerBits));
  const int32_t quarters = in_last_quarter - a;
  for (int k = -2; k < IntegerBits; ++k) {
    if (quarters & (int32_t{1} << (kFractionalBits + k))) {
      result = saturating_rounding_doubling_high_mul(result, kFactors[k + 2]);
    }
  }
  return result;
}

/// 2 / (1 + a) in Q2 for a in [0, 1) in Q0: three Newton steps x += x (1 - x (1 + a) / 2) from 48/17 - 32/17 (1 + a)/2.
constexpr int32_t two_over_one_plus(int32_t a) {
  constexpr int32_t k48Over17 = 1515870810;        // Q2
  constexpr int32_t kMinus32Over17 = -1010580540;  // Q2
  constexpr int32_t kOne = int32_t{1} << 29;       // Q2
  const auto half_denominator = static_cast<int32_t>((static_cast<int64_t>(a) + INT32_MAX + 1) / 2);
  int32_t x = k48Over17 + saturating_rounding_doubling_high_mul(half_denominator, kMinus32Over17);
  for (int step = 0; step < 3; ++step) {
    const int32_t error = kOne - saturating_rounding_doubling_high_mul(half_denominator, x);
    x += saturating_shift_left(saturating_rounding_doubling_high_mul(x, error), 2);
  }
  return x;
}

/// 1 / (1 + a) for a in [0, 1), Q0 to Q0.
constexpr int32_t one_over_one_plus(int32_t a) { return saturating_shift_left(two_over_one_plus(a), 1); }

/// (1 - a) / (1 + a) for a in [0, 1), Q0 to Q0.
constexpr int32_t one_minus_over_one_plus(int32_t a) {
  return saturating_shift_left(two_over_one_plus(a) - (int32_t{1} << 29), 2);
}

/// Number of zero bits above the highest one bit; 32 for 0. A loop: not every core has the instruction, and softmax
/// needs it only once a row.
constexpr int leading_zeros(uint32_t x) {
  int zeros = 0;
  while (zeros < 32 && !(x & (UINT32_C(0x80000000) >> zeros))) ++zeros;
  return zeros;
}

/// multiplier / 2^31 * 2^shift.
struct FixedPoint {
  int32_t multiplier;
  int32_t shift;
};

/// 1 / sqrt(x) for an integer x; 1 for 0. x times a power of 4 as Q3 in [1/2, 2), then five Newton steps y += y / 2 *
/// (1 - x y^2) from 1, written as 3/2 y - x/2 y^3.
constexpr FixedPoint inverse_square_root(int32_t x) {
  constexpr int32_t kOne = int32_t{1} << 28, kHalfThree = kOne + kOne / 2, kHalfSqrt2 = 1518500250;
  if (x <= 1) return {INT32_MAX, 0};
  int32_t shift = 11;
  for (; x >= (int32_t{1} << 29); x /= 4) ++shift;
  const int pairs = (leading_zeros(static_cast<uint32_t>(x)) - 1) / 2 - 1;
  shift -= pairs;
  const int32_t half_x = rounding_divide_by_pot((x << (2 * pairs)) >> 1, 1);
  int32_t y = kOne;
  for (int step = 0; step < 5; ++step) {
    const int32_t square = saturating_rounding_doubling_high_mul(y, y);
    const int32_t cube = saturating_shift_left(saturating_rounding_doubling_high_mul(square, y), 6);
    y = saturating_shift_left(
        saturating_rounding_doubling_high_mul(kHalfThree, y) - saturating_rounding_doubling_high_mul(half_x, cube), 3);
  }
  y = saturating_rounding_doubling_high_mul(y, kHalfSqrt2);
  if (shift < 0) return {y * (int32_t{1} << -shift), 0};
  return {y, -shift};
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
