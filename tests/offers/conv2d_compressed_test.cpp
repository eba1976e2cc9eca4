// Kernels that compute from compressed weights, against the plain kernel. On the host they are in C++; tests/compile
// runs the same cases on an emulated board, where some are in assembly.
#include <gmock/gmock.h>

#include <set>

#include "tests/offers/compressed_cases.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

TEST(WeightsOfFourBits, have_the_bits_of_the_plain_kernel) {
  for (std::uint32_t seed = 1; seed <= 1000; ++seed) {
    SCOPED_TRACE(seed);
    const test::CompressedCase c = test::nibbles_case(seed);
    ASSERT_EQ(c.refusal, "");
    ASSERT_EQ(c.answer(), c.expected);
  }
}

TEST(WeightsInACodebook, have_the_bits_of_the_plain_kernel) {
  std::set<test::BoardKernel> kernels;
  for (std::uint32_t seed = 1; seed <= 1000; ++seed) {
    SCOPED_TRACE(seed);
    const test::CompressedCase c = test::codebook_case(seed);
    // A silenced filter has one value more: 0.
    if (!c.refusal.empty()) {
      ASSERT_THAT(c.refusal, HasSubstr("17 different weights"));
      continue;
    }
    kernels.insert(c.on_board);
    ASSERT_EQ(c.answer(), c.expected);
  }
  EXPECT_EQ(kernels.size(), 8U);  // 1 to 4 bits, by tiles and by lookup
}

TEST(FoursOfZeros, are_left_out_with_the_bits_of_the_plain_kernel) {
  int refused = 0;
  for (std::uint32_t seed = 1; seed <= 1000; ++seed) {
    SCOPED_TRACE(seed);
    const test::CompressedCase c = test::sparse_case(seed);
    if (!c.refusal.empty()) {  // small layers that happen to be full
      ASSERT_THAT(c.refusal, HasSubstr("are not zero, more than half"));
      ++refused;
      continue;
    }
    ASSERT_EQ(c.answer(), c.expected);
  }
  EXPECT_LT(refused, 100);
}

TEST(EntropyCodedWeights, have_the_bits_of_the_plain_kernel) {
  std::set<std::uint32_t> flags;
  for (std::uint32_t seed = 1; seed <= 1000; ++seed) {
    SCOPED_TRACE(seed);
    const test::CompressedCase c = test::entropy_case(seed);
    ASSERT_EQ(c.refusal, "");
    flags.insert(c.words[1] >> 16);
    ASSERT_EQ(c.answer(), c.expected);
  }
  // Zeros coded or apart, with values listed or in a row; zeros apart and the others not coded.
  EXPECT_THAT(flags, UnorderedElementsAre(0U, 1U, 2U, 3U, 5U));
}

// Four filters of four weights, no bias, a scale of 2^-4.
struct FourFilters {
  std::vector<std::int8_t> weights;
  std::vector<std::int32_t> multiplier = std::vector<std::int32_t>(4, 1 << 30),
                            shift = std::vector<std::int32_t>(4, -4);
  PairedLayer layer() const {
    return {.weights = weights,
            .filters = 4,
            .size = static_cast<std::int32_t>(weights.size()) / 4,
            .bias = {},
            .multiplier = multiplier,
            .shift = shift};
  }
};

TEST(PackNibbles, puts_four_filters_into_each_half) {
  // Multiples of 16: a = 1 2 3 4, b = 0 0 0 0, c = -1 0 0 7, d = -8 7 0 0 (-8 at k = 0).
  const FourFilters four{.weights = {16, 32, 48, 64, 0, 0, 0, 0, -16, 0, 0, 112, -128, 112, 0, 0}};
  const NibblesPack pack = pack_conv2d_nibbles(four.layer());
  ASSERT_EQ(pack.refusal, "filter 3: weight 0 is -128 beside a negative one of filter 2");
  FourFilters other = four;
  other.weights[8] = 16;
  // k = 0 and 2: a + 8 = 9 and 11, b + 8 = 8, c + 8 = 9 and 8, d = -8 and 0; then k = 1 and 3.
  const auto words = pack_conv2d_nibbles(other.layer()).words;
  ASSERT_EQ(words.size(), 1U + 2 + 9);
  EXPECT_THAT(std::vector(words.begin(), words.begin() + 3), ElementsAre(16U, 0x088B8989U, 0x0F8C788AU));
}

TEST(PackNibbles, refuses_what_no_nibble_or_lane_holds) {
  const FourFilters wide{.weights = {1, 2, 3, 4, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0}};
  EXPECT_EQ(pack_conv2d_nibbles(wide.layer()).refusal, "a weight of 8 has more than 4 bits in steps of 1");
  FourFilters heavy;
  heavy.weights.assign(std::size_t{4} * 588, 0);
  heavy.weights[0] = 1;  // so that 7 are 7 steps
  std::fill(heavy.weights.begin() + std::ptrdiff_t{3} * 588, heavy.weights.end(), std::int8_t{7});
  EXPECT_EQ(pack_conv2d_nibbles(heavy.layer()).refusal, "filter 3: its weights add up to 4116 steps, more than 4095");
  heavy.weights[std::size_t{4} * 588 - 1] = -2;  // 587 * 7 + 2 = 4111
  std::fill(heavy.weights.end() - 10, heavy.weights.end(), std::int8_t{0});
  EXPECT_EQ(pack_conv2d_nibbles(heavy.layer()).refusal, "");
}

TEST(PackSparse, counts_the_fours_that_are_left_out) {
  FourFilters four;
  four.weights.assign(std::size_t{4} * 40, 0);
  four.weights[4] = 1, four.weights[7] = -1;  // filter 0: its second four
  four.weights[40 + 8] = 2;                   // filter 1: its third
  four.weights[40 + 39] = 3;                  // and its last, six later
  const SparsePack pack = pack_conv2d_sparse(four.layer());
  EXPECT_EQ(pack.fours, 3);
  // Shifts of 4 are 3 before the last one; short_channel gives 8 to filters with one result.
  EXPECT_THAT(pack.words, ElementsAre(0x30001U, 1U, 0xFF000001U, 0U, 1U << 30,                    //
                                      0x30002U, 0x0602U, 0x00000002U, 0x03000000U, 0U, 1U << 30,  //
                                      0x80000U, 0U, 1U << 30, 0x80000U, 0U, 1U << 30));
}

TEST(PackSparse, keeps_a_four_of_zeros_where_a_gap_is_longer_than_a_byte) {
  FourFilters four;
  four.weights.assign(std::size_t{4} * 4 * 300, 0);
  four.weights[4 * 300 - 1] = 1;  // filter 0: its last four, behind 299
  EXPECT_EQ(pack_conv2d_sparse(four.layer()).words[1], 255U | 43U << 8);
}

TEST(PackSparse, refuses_a_layer_that_is_not_half_empty) {
  FourFilters four;
  four.weights.assign(std::size_t{4} * 16, 0);
  for (std::size_t k = 0; k < 8; ++k) four.weights[4 * k] = 1;
  EXPECT_EQ(pack_conv2d_sparse(four.layer()).refusal, "");
  four.weights[4 * 8] = 1;
  EXPECT_EQ(pack_conv2d_sparse(four.layer()).refusal, "9 of 16 fours of weights are not zero, more than half");
}

TEST(PackCodebook, refuses_a_filter_of_seventeen_values) {
  FourFilters four;
  four.weights.assign(std::size_t{4} * 20, 0);
  for (std::int8_t k = 1; k < 16; ++k) four.weights[static_cast<std::size_t>(20 + k)] = k;
  EXPECT_EQ(pack_conv2d_codebook(four.layer(), 4).refusal, "");
  EXPECT_EQ(pack_conv2d_codebook(four.layer(), 4).bits, 4);
  four.weights[20 + 16] = 16;
  EXPECT_EQ(pack_conv2d_codebook(four.layer(), 4).refusal, "filter 1 has 17 different weights, more than 16");
}

TEST(PackCodebook, gives_each_filter_its_own_where_that_is_smaller) {
  FourFilters four;
  for (int filter = 0; filter < 4; ++filter) {
    for (int k = 0; k < 512; ++k) {
      four.weights.push_back(static_cast<std::int8_t>(20 * filter + (k * k / 7 + filter) % 4));
    }
  }
  // 16 values: 4 bits a weight. 4 in each filter: 2 bits a weight, and 3 codebooks more.
  const CodebookPack pack = pack_conv2d_codebook(four.layer(), 4);
  EXPECT_TRUE(pack.of_each);
  EXPECT_EQ(pack.bits, 2);
  EXPECT_EQ(pack.words.size(), 2U + 4 * 4 + 4 * 512 * 2 / 32 + 9 + 1);
  four.weights.resize(std::size_t{4} * 512);
  for (std::int8_t& w : four.weights) w = static_cast<std::int8_t>(w % 20);
  EXPECT_FALSE(pack_conv2d_codebook(four.layer(), 4).of_each);
}

}  // namespace
}  // namespace mirim
