#include "mirim/micro/requantize.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace mirim::micro {
namespace {

// gemmlowp's definition, word for word: a nudge by the sign and a division that truncates.
std::int32_t doubling_high_mul_by_division(std::int32_t a, std::int32_t b) {
  if (a == b && a == INT32_MIN) return INT32_MAX;
  const std::int64_t ab = static_cast<std::int64_t>(a) * b;
  const std::int64_t nudge = ab >= 0 ? (1 << 30) : (1 - (1 << 30));
  return static_cast<std::int32_t>((ab + nudge) / (std::int64_t{1} << 31));
}

TEST(Requantize, high_mul_by_one_shift_equals_gemmlowps_division) {
  std::vector<std::int32_t> values = {INT32_MIN, INT32_MIN + 1, -(1 << 30),    -3,       -2, -1, 0, 1, 2,
                                      3,         1 << 30,       INT32_MAX - 1, INT32_MAX};
  std::uint32_t x = 1;
  for (int i = 0; i < 500; ++i) {
    x = x * 1664525 + 1013904223;
    values.push_back(static_cast<std::int32_t>(x) >> (i % 31));
  }
  for (const std::int32_t a : values) {
    for (const std::int32_t b : values) {
      ASSERT_EQ(saturating_rounding_doubling_high_mul(a, b), doubling_high_mul_by_division(a, b)) << a << " * " << b;
    }
  }
}

TEST(Requantize, divide_by_pot_rounds_ties_away_from_zero) {
  EXPECT_EQ(rounding_divide_by_pot(6, 2), 2);    // 1.5
  EXPECT_EQ(rounding_divide_by_pot(-6, 2), -2);  // -1.5
  EXPECT_EQ(rounding_divide_by_pot(5, 2), 1);    // 1.25
  EXPECT_EQ(rounding_divide_by_pot(-5, 2), -1);
  EXPECT_EQ(rounding_divide_by_pot(-7, 0), -7);
  EXPECT_EQ(rounding_divide_by_pot(INT32_MAX, 31), 1);   // 0.99...
  EXPECT_EQ(rounding_divide_by_pot(INT32_MIN, 31), -1);  // -1 exactly
  EXPECT_EQ(rounding_divide_by_pot(INT32_MAX, 1), 1 << 30);
}

TEST(Requantize, rounds_twice_as_tensorflow_lite_does) {
  // 7 * 0.75 / 2 = 2.625: the product 5.25 is rounded to 5, then 2.5 away from zero to 3.
  EXPECT_EQ(multiply_by_quantized_multiplier(7, 3 << 29, -1), 3);
  // 3 * 0.5625 / 4 = 0.421875: 1.6875 becomes 2, then 0.5 becomes 1; one rounding would give 0.
  EXPECT_EQ(multiply_by_quantized_multiplier(3, 9 << 27, -2), 1);
  EXPECT_EQ(multiply_by_quantized_multiplier(-3, 9 << 27, -2), -1);
  // A positive shift comes before the product: 5 * 8 * 0.5.
  EXPECT_EQ(multiply_by_quantized_multiplier(5, 1 << 30, 3), 20);
  EXPECT_EQ(multiply_by_quantized_multiplier(12345, 0, 0), 0);
}

}  // namespace
}  // namespace mirim::micro
