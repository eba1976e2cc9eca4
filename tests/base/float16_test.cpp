#include "mirim/base/float16.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace mirim {
namespace {

TEST(Float16, every_half_comes_back) {
  for (int bits = 0; bits < 65536; ++bits) {
    const float value = float16_to_float(static_cast<std::uint16_t>(bits));
    if (std::isnan(value)) continue;
    EXPECT_EQ(float_to_float16(value), bits) << value;
  }
}

TEST(Float16, rounds_to_the_nearest_and_ties_to_even) {
  // Halves from 1 on are 2^-10 apart, below 2^-14 they are 2^-24 apart (IEEE 754-2019, 3.6).
  EXPECT_EQ(float_to_float16(1 + 0x1p-11F), 0x3c00);             // between 1 and 1 + 2^-10: even is 1
  EXPECT_EQ(float_to_float16(1 + 3 * 0x1p-11F), 0x3c02);         // between odd and even
  EXPECT_EQ(float_to_float16(1 + 0x1p-11F + 0x1p-20F), 0x3c01);  // above the middle
  EXPECT_EQ(float_to_float16(2 - 0x1p-12F), 0x4000);             // carries into the exponent
  EXPECT_EQ(float_to_float16(0x1p-25F), 0);                      // a tie with 0
  EXPECT_EQ(float_to_float16(-3 * 0x1p-26F), 0x8001);
  EXPECT_EQ(float_to_float16(0x1p-14F - 0x1p-25F), 0x0400);  // the largest subnormal's tie goes to the least normal
  EXPECT_EQ(float_to_float16(65519), 0x7bff);
  EXPECT_EQ(float_to_float16(65520), 0x7c00);
  EXPECT_EQ(float_to_float16(-std::numeric_limits<float>::infinity()), 0xfc00);
  EXPECT_TRUE(std::isnan(float16_to_float(float_to_float16(std::numeric_limits<float>::quiet_NaN()))));
}

}  // namespace
}  // namespace mirim
