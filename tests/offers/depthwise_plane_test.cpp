// Depthwise convolutions through a plane against the plain kernel. On the host the sums of 3x3 filters are in C++;
// tests/compile runs the same cases on an emulated board, where they are in assembly.
#include "mirim/micro/depthwise_conv2d_plane.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"
#include "tests/offers/cases.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;

std::vector<std::uint32_t> plane_scratch(const micro::DepthwisePlaneParams& p) {
  return std::vector<std::uint32_t>(static_cast<std::size_t>(micro::depthwise_plane_scratch_bytes(p) + 3) / 4);
}

TEST(DepthwisePlane, has_the_bits_of_the_plain_kernel_also_in_place) {
  int in_place = 0;
  for (std::uint32_t seed = 1; seed <= 3000; ++seed) {
    SCOPED_TRACE(seed);
    const test::PlaneCase c = test::plane_case(seed);
    ASSERT_EQ(c.pack.refusal, "");
    auto scratch = plane_scratch(c.p);
    std::vector<std::int8_t> y(c.expected.size());
    micro::depthwise_conv2d_plane(c.p, c.input.data(), c.pack.words.data(), scratch.data(), y.data());
    ASSERT_EQ(y, c.expected);
    if (!c.in_place()) continue;
    ++in_place;
    auto both = c.input;
    micro::depthwise_conv2d_plane(c.p, both.data(), c.pack.words.data(), scratch.data(), both.data());
    both.resize(c.expected.size());
    ASSERT_EQ(both, c.expected);
  }
  EXPECT_GT(in_place, 500);
}

TEST(DepthwisePlane, fewer_rows_at_a_time_take_less_scratch) {
  micro::DepthwisePlaneParams p{};
  p.filter_height = p.filter_width = 3, p.stride_height = p.stride_width = p.dilation_height = 1;
  p.output_height = p.strip_height = 48, p.output_width = 48;
  // Two rows of sums, 50 rows of 48 + 2 numbers.
  EXPECT_EQ(micro::depthwise_plane_scratch_bytes(p), 4 * 96 + 2 * 50 * 50);
  p.strip_height = 8;
  EXPECT_EQ(micro::depthwise_plane_scratch_bytes(p), 4 * 96 + 2 * 10 * 50);
}

// One output of a 1x3 filter.
DepthwiseLayer one_filter(const std::vector<std::int8_t>& weights, const std::vector<std::int32_t>& scales) {
  return {.weights = weights,
          .filter_height = 1,
          .filter_width = 3,
          .outputs = 1,
          .input_offset = 10,
          .bias = std::span(scales).first(1),
          .multiplier = std::span(scales).subspan(1, 1),
          .shift = std::span(scales).subspan(2, 1)};
}

TEST(PackDepthwisePlane, puts_scales_before_weights) {
  const std::vector<std::int8_t> weights = {1, -2, 3};
  const std::vector<std::int32_t> scales = {100, 1 << 30, -5};
  // 2 * (100 + 10 * (1 - 2 + 3)); the bytes 1, -2, 3 and 5 - 1.
  EXPECT_THAT(pack_depthwise_plane(one_filter(weights, scales)).words, ElementsAre(240, 1 << 30, 0x0403FE01));
}

TEST(PackDepthwisePlane, puts_zeros_between_dilated_columns) {
  const std::vector<std::int8_t> weights = {1, -2, 3};
  const std::vector<std::int32_t> scales = {100, 1 << 30, -5};
  DepthwiseLayer layer = one_filter(weights, scales);
  layer.dilation_width = 2;
  const DepthwisePlanePack pack = pack_depthwise_plane(layer);
  EXPECT_EQ(pack.filter_width, 5);
  EXPECT_THAT(pack.words, ElementsAre(240, 1 << 30, 0x00FE0001, 0x0403));
}

TEST(PackDepthwisePlane, transposes_filters) {
  const std::vector<std::int8_t> weights = {1, 2, 3, 4, 5, 6};
  const std::vector<std::int32_t> scales = {0, 1 << 30, -5};
  DepthwiseLayer layer = one_filter(weights, scales);
  layer.filter_height = 2, layer.input_offset = 0, layer.transposed = true;
  // 1 2 3 over 4 5 6 becomes 1 4, 2 5, 3 6.
  EXPECT_THAT(pack_depthwise_plane(layer).words, ElementsAre(0, 1 << 30, 0x05020401, 0x040603));
}

TEST(PackDepthwisePlane, transposes_images_of_short_rows) {
  micro::DepthwisePlaneParams p{};
  p.filter_height = p.filter_width = 3, p.stride_height = p.stride_width = p.dilation_height = 1;
  p.input_height = p.output_height = 25, p.input_width = p.output_width = 5;
  EXPECT_TRUE(plane_is_better_transposed(p));
  EXPECT_FALSE(plane_is_better_transposed(micro::transposed_plane(p)));
}

TEST(PackDepthwisePlane, refuses_what_the_short_way_does_not_take) {
  const std::vector<std::int8_t> weights = {1, -2, 3};
  EXPECT_EQ(pack_depthwise_plane(one_filter(weights, {100, 1 << 30, 1})).refusal,
            "output 0: a shift of 1 is not in [-22, -1]");
  EXPECT_EQ(pack_depthwise_plane(one_filter(weights, {1 << 30, 1 << 30, -5})).words.size(), 0U);
  const std::vector<std::int8_t> two = {1, 2};
  EXPECT_THROW(pack_depthwise_plane(one_filter(two, {100, 1 << 30, -5})), Error);
}

}  // namespace
}  // namespace mirim
