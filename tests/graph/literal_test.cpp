#include "mirim/graph/literal.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>

namespace mirim {
namespace {

TEST(FloatLiteral, has_the_very_bits) {
  EXPECT_EQ(float_literal(0.1F), "0.100000001f");
  EXPECT_EQ(float_literal(-INFINITY), "-__builtin_inff()");
  EXPECT_EQ(float_literal(INFINITY), "__builtin_inff()");
  EXPECT_EQ(float_literal(std::bit_cast<float>(std::uint32_t{0x7FC00012})), "__builtin_nanf(\"0x12\")");
}

}  // namespace
}  // namespace mirim
