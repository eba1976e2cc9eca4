#include "mirim/micro/fixed_point.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace mirim::micro {
namespace {

double real(std::int32_t raw, int integer_bits) { return raw / std::ldexp(1.0, 31 - integer_bits); }

TEST(FixedPoint, exp_is_exp_within_a_millionth) {
  for (double x = -15.99; x < 0; x += 0.0173) {
    const auto raw4 = static_cast<std::int32_t>(std::lround(std::ldexp(x, 27)));
    EXPECT_NEAR(real(exp_on_negative_values<4>(raw4), 0), std::exp(real(raw4, 4)), 1e-6) << x;
    const auto raw5 = static_cast<std::int32_t>(std::lround(std::ldexp(2 * x, 26)));
    EXPECT_NEAR(real(exp_on_negative_values<5>(raw5), 0), std::exp(real(raw5, 5)), 1e-6) << 2 * x;
  }
  EXPECT_EQ(exp_on_negative_values<5>(0), INT32_MAX);
}

TEST(FixedPoint, reciprocal_is_right_within_a_millionth) {
  for (double a = 0; a < 1; a += 0.0137) {
    const auto raw = static_cast<std::int32_t>(std::ldexp(a, 31));
    EXPECT_NEAR(real(one_over_one_plus(raw), 0), 1 / (1 + a), 1e-6) << a;
    EXPECT_NEAR(real(one_minus_over_one_plus(raw), 0), (1 - a) / (1 + a), 1e-6) << a;
  }
}

TEST(FixedPoint, shift_left_saturates) {
  EXPECT_EQ(saturating_shift_left(1 << 29, 2), INT32_MAX);
  EXPECT_EQ(saturating_shift_left(-(1 << 29) - 1, 2), INT32_MIN);
  EXPECT_EQ(saturating_shift_left(-3, 4), -48);
}

TEST(FixedPoint, leading_zeros_of_every_power_of_two) {
  EXPECT_EQ(leading_zeros(0), 32);
  for (int bit = 0; bit < 32; ++bit) EXPECT_EQ(leading_zeros(UINT32_C(1) << bit), 31 - bit);
}

}  // namespace
}  // namespace mirim::micro
