// Depthwise convolutions of four channels at a time against the plain kernel. tests/compile runs the same cases on an
// emulated board, where the products are instructions of their own.
#include "mirim/micro/depthwise_conv2d_fours.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"
#include "tests/offers/cases.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;

TEST(DepthwiseFours, has_the_bits_of_the_plain_kernel) {
  for (std::uint32_t seed = 1; seed <= 3000; ++seed) {
    SCOPED_TRACE(seed);
    const test::FoursCase c = test::fours_case(seed);
    ASSERT_EQ(c.pack.refusal, "");
    std::vector<std::int8_t> y(c.expected.size());
    micro::depthwise_conv2d_fours(c.p, c.input.data(), c.pack.words.data(), y.data());
    ASSERT_EQ(y, c.expected);
  }
}

// By hand: one tap, four channels. Twice the biases 100, 0, -1, 7; twice the weights 1, -2, 3, 4 in halves (0, 2) and
// (1, 3); multipliers, and shifts less one.
TEST(PackDepthwiseFours, puts_biases_weights_and_scales_one_after_the_other) {
  const std::vector<std::int8_t> weights = {1, -2, 3, 4};
  const std::vector<std::int32_t> bias = {100, 0, -1, 7}, multiplier(4, 1 << 30), shift = {-5, -6, -7, -8};
  const DepthwiseLayer layer = {.weights = weights,
                                .filter_height = 1,
                                .filter_width = 1,
                                .outputs = 4,
                                .input_offset = 10,
                                .bias = bias,
                                .multiplier = multiplier,
                                .shift = shift};
  constexpr std::uint32_t kOne = 1 << 30;
  EXPECT_THAT(pack_depthwise_fours(layer).words,
              ElementsAre(200, 0, 0xFFFFFFFE, 14, 0x00060002, 0x0008FFFC, kOne, 4, kOne, 5, kOne, 6, kOne, 7));
}

TEST(PackDepthwiseFours, refuses_what_the_short_way_does_not_take) {
  const std::vector<std::int8_t> weights = {1, -2, 3, 4};
  const std::vector<std::int32_t> multiplier(4, 1 << 30), shift = {-5, 1, -7, -8};
  DepthwiseLayer layer = {.weights = weights,
                          .filter_height = 1,
                          .filter_width = 1,
                          .outputs = 4,
                          .input_offset = 10,
                          .bias = {},
                          .multiplier = multiplier,
                          .shift = shift};
  EXPECT_EQ(pack_depthwise_fours(layer).refusal, "output 1: a shift of 1 is not in [-22, -1]");
  layer.outputs = 2;
  layer.weights = std::span(weights).first(2);
  EXPECT_THROW(pack_depthwise_fours(layer), Error);
}

}  // namespace
}  // namespace mirim
