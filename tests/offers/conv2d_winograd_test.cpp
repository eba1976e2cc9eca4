// Winograd's convolution against the plain kernel. tests/compile runs the same cases on an emulated board.
#include "mirim/micro/conv2d_winograd.hpp"

#include <gtest/gtest.h>

#include "mirim/base/error.hpp"
#include "tests/offers/winograd_cases.hpp"

namespace mirim {
namespace {

TEST(WinogradsConvolution, has_the_bits_of_the_plain_kernel) {
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    const test::WinogradCase c = test::winograd_case(seed);
    ASSERT_EQ(c.pack.refusal, "");
    std::vector<std::uint32_t> scratch(static_cast<std::size_t>(micro::winograd_scratch_bytes(c.p)) / 4);
    std::vector<std::int8_t> y(c.expected.size());
    micro::conv2d_winograd(c.p, c.input.data(), c.pack.words.data(), scratch.data(), y.data());
    ASSERT_EQ(y, c.expected);
  }
}

TEST(PackWinograd, doubles_filters_along_both_axes) {
  // One weight of 1 in the middle: G's column for it is (0, 1, -1, 0).
  std::vector<std::int8_t> weights(4 * 9 * 16);
  weights[4 * 16] = 1;  // of filter 0, channel 0
  const std::vector<std::int32_t> multiplier(4, 1 << 30), shift(4, -4);
  const auto words = pack_conv2d_winograd({.weights = weights,
                                           .filters = 4,
                                           .size = 144,
                                           .rows = 3,
                                           .bias = {},
                                           .multiplier = multiplier,
                                           .shift = shift})
                         .words;
  ASSERT_EQ(words.size(), 16U * 8 * 4 + 9);
  const auto u = [&](std::size_t place) { return words[place * 8 * 4] & 0xffff; };
  EXPECT_EQ(u(0), 0U);
  EXPECT_EQ(u(5), 1U);
  EXPECT_EQ(u(6), 0xffffU);
  EXPECT_EQ(u(9), 0xffffU);
  EXPECT_EQ(u(10), 1U);
  EXPECT_EQ(u(15), 0U);
}

TEST(PackWinograd, says_when_the_sizes_do_not_agree) {
  const std::vector<std::int8_t> weights(3 * 144);
  const std::vector<std::int32_t> scales(3, 1 << 30);
  EXPECT_THROW(pack_conv2d_winograd({.weights = weights,
                                     .filters = 3,
                                     .size = 144,
                                     .rows = 3,
                                     .bias = {},
                                     .multiplier = scales,
                                     .shift = scales}),
               Error);
}

}  // namespace
}  // namespace mirim
