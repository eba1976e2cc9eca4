// Two filters in one lane against the plain kernel. On the host the tiles are in C++; tests/compile runs the same cases
// on an emulated board, where they are in assembly.
#include "mirim/micro/conv2d_paired.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"
#include "tests/offers/cases.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Tile {
  const char* name;
  int filters, pixels;
  decltype(&micro::conv2d_paired_4x2) kernel;
};
const Tile kTiles[] = {{"4x2", 4, 2, micro::conv2d_paired_4x2},
                       {"4x2_odd", 4, 2, micro::conv2d_paired_4x2_odd},
                       {"2x4", 2, 4, micro::conv2d_paired_2x4},
                       {"4x1", 4, 1, micro::conv2d_paired_4x1}};

class ConvolutionInLanes : public testing::TestWithParam<Tile> {};

TEST_P(ConvolutionInLanes, has_the_bits_of_the_plain_kernel) {
  int in_chunks = 0;
  for (std::uint32_t seed = 1; seed <= 1000; ++seed) {
    SCOPED_TRACE(seed);
    const test::PairedCase c = test::paired_case(seed, GetParam().filters);
    ASSERT_EQ(c.pack.refusal, "");
    in_chunks += c.pack.chunk < micro::paired_filter_size(c.p) / 2 ? 1 : 0;
    std::vector<std::uint32_t> scratch(
        static_cast<std::size_t>(micro::paired_scratch_bytes(c.p, GetParam().pixels) + 3) / 4);
    std::vector<std::int8_t> y(c.expected.size());
    GetParam().kernel(c.p, c.input.data(), c.pack.words.data(), scratch.data(), y.data());
    ASSERT_EQ(y, c.expected);
  }
  EXPECT_GT(in_chunks, 5);  // long filters of extreme weights are among them
}

INSTANTIATE_TEST_SUITE_P(Of, ConvolutionInLanes, testing::ValuesIn(kTiles),
                         [](const auto& tile) { return tile.param.name; });

// Two filters of four weights, no bias, a scale of 2^-1.
struct TwoFilters {
  std::vector<std::int8_t> weights;
  std::int32_t input_offset = 0;
  std::vector<std::int32_t> bias{};
  std::vector<std::int32_t> multiplier{1 << 30, 1 << 30}, shift{-4, -4};
  PairedLayer layer() const {
    return {.weights = weights,
            .filters = 2,
            .size = static_cast<std::int32_t>(weights.size()) / 2,
            .input_offset = input_offset,
            .bias = bias,
            .multiplier = multiplier,
            .shift = shift};
  }
};

TEST(PackPaired, puts_two_filters_into_each_half) {
  const TwoFilters two{.weights = {1, 2, 3, 4, 16, 17, 18, 19}, .input_offset = 10, .bias = {100, 200}};
  // Halves 256 b + a: (16, 1) with (18, 3), then (17, 2) with (19, 4). Twice bias + 10 * sum of weights: 2 * (100 +
  // 100), 2 * (200 + 700). Shifts of 4 are 3 before the last one.
  EXPECT_THAT(pack_conv2d_paired(two.layer(), 2).words,
              ElementsAre(0x12031001, 0x13041102, 400, 1800, 1 << 30, 1 << 30, 0x0303));
}

TEST(PackPaired, borrows_from_the_second_filter_where_the_first_is_negative) {
  const TwoFilters two{.weights = {-1, 0, 0, 0, 1, 0, 0, 0}};
  EXPECT_EQ(pack_conv2d_paired(two.layer(), 2).words[0], 0x00FFU);  // 256 * 1 - 1
}

TEST(PackPaired, fills_the_last_block_with_filters_of_nothing) {
  const TwoFilters two{.weights = {1, 2, 3, 4, 16, 17, 18, 19}};
  const auto words = pack_conv2d_paired(two.layer(), 4).words;
  ASSERT_EQ(words.size(), 4U + 9U);
  EXPECT_EQ(words[1], 0U);
  EXPECT_EQ(words[3], 0U);
}

TEST(PackPaired, refuses_what_no_lane_holds) {
  const TwoFilters two{.weights = {-1, 0, 0, 0, -128, 0, 0, 0}};
  EXPECT_EQ(pack_conv2d_paired(two.layer(), 2).refusal, "filter 1: weight 0 is -128 beside a negative one of filter 0");
  EXPECT_TRUE(pack_conv2d_paired(two.layer(), 2).words.empty());
  const TwoFilters other_way_round{.weights = {-128, 0, 0, 0, -1, 0, 0, 0}};
  EXPECT_EQ(pack_conv2d_paired(other_way_round.layer(), 2).refusal, "");
}

TEST(PackPaired, takes_the_second_sum_out_before_it_leaves_its_24_bits) {
  // 127 * -128 * 516 = -8,388,096, which is above -2^23 = -8,388,608; one weight more is not.
  TwoFilters two;
  two.weights.assign(2 * 516, 127);
  EXPECT_EQ(pack_conv2d_paired(two.layer(), 2).chunk, 258);
  two.weights.assign(2 * 520, 127);
  EXPECT_EQ(pack_conv2d_paired(two.layer(), 2).chunk, 130);
  // The first filter has 32 bits.
  std::fill(two.weights.begin() + 520, two.weights.end(), std::int8_t{0});
  EXPECT_EQ(pack_conv2d_paired(two.layer(), 2).chunk, 260);
}

TEST(PackPaired, refuses_sums_and_shifts_that_the_short_way_does_not_take) {
  TwoFilters two{.weights = {1, 0, 0, 0, 1, 0, 0, 0}, .bias = {0, (1 << 30) - 127}};
  EXPECT_THAT(pack_conv2d_paired(two.layer(), 2).refusal, HasSubstr("filter 1: sums of 1073741569 to 1073741824"));
  two.bias[1] -= 1;  // 2^30 - 1 at most
  EXPECT_EQ(pack_conv2d_paired(two.layer(), 2).refusal, "");
  for (const std::int32_t shift : {0, 3}) {
    two.shift[0] = shift;
    EXPECT_THAT(pack_conv2d_paired(two.layer(), 2).refusal, HasSubstr("filter 0: a shift of "));
  }
}

TEST(PackPaired, leaves_out_the_weights_of_a_filter_with_one_result) {
  TwoFilters two{.weights = {1, 2, 3, 4, 16, 17, 18, 19}, .bias = {100, 0}};
  two.shift[0] = -21;  // sums below 2^11, of which 2^-22 is nothing
  const auto words = pack_conv2d_paired(two.layer(), 2).words;
  EXPECT_THAT(words, ElementsAre(0x12001000, 0x13001100, 0, 0, 1 << 30, 1 << 30, 0x0308));
  two.bias[0] = 3 << 22;  // sums around that: 3
  EXPECT_EQ(pack_conv2d_paired(two.layer(), 2).words[2], 2U * 3 * 1024);
}

TEST(PackPaired, says_when_the_sizes_do_not_agree) {
  const TwoFilters two{.weights = {1, 2, 3, 4, 5, 6, 7, 8}, .bias = {1}};
  EXPECT_THROW(pack_conv2d_paired(two.layer(), 2), Error);
}

}  // namespace
}  // namespace mirim
