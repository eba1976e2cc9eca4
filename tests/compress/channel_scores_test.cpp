#include "mirim/compress/channel_scores.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "mirim/base/error.hpp"
#include "tests/passes/graphs.hpp"
#include "tests/passes/networks.hpp"

namespace mirim {
namespace {

using testing::DoubleEq;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;

ChannelScores scores_of_first(std::string_view text) {
  const Graph graph = test::parse(text);
  return score_channels(graph, find_groups(graph)[0]);
}

// Rows 3, -4; 0, 1; -2, -2. Means of |w|: 3.5, 0.5, 2; of w^2: 12.5, 0.5, 4.
TEST(ChannelScores, are_means_over_the_weights_that_make_a_channel) {
  const ChannelScores scores = scores_of_first(R"(graph "" (%x: float32[1x2]) -> (%y) {
    %w1: float32[3x2] = [3, -4, 0, 1, -2, -2]
    %a: float32[1x3] = FULLY_CONNECTED(%x, %w1)
    %w2: float32[1x3] = [100, 200, 300]
    %y: float32[1x1] = FULLY_CONNECTED(%a, %w2)
  })");
  EXPECT_THAT(scores.l1, ElementsAre(3.5, 0.5, 2));
  EXPECT_THAT(scores.l2, ElementsAre(DoubleEq(std::sqrt(12.5)), DoubleEq(std::sqrt(0.5)), 2));
  EXPECT_THAT(scores.scale, IsEmpty());
}

// a and b are added: channel 0 has 1, 3 of a and -5 of b, mean 3; channel 1 has 0, 2 and 4, mean 2.
TEST(ChannelScores, are_means_over_all_layers_of_a_group) {
  const ChannelScores scores = scores_of_first(R"(graph "" (%x: float32[1x2], %z: float32[1x1]) -> (%y) {
    %w1: float32[2x2] = [1, 3, 0, 2]
    %w2: float32[2x1] = [-5, 4]
    %a: float32[1x2] = FULLY_CONNECTED(%x, %w1)
    %b: float32[1x2] = FULLY_CONNECTED(%z, %w2)
    %sum: float32[1x2] = ADD(%a, %b)
    %w3: float32[1x2] = [1, 1]
    %y: float32[1x1] = FULLY_CONNECTED(%sum, %w3)
  })");
  EXPECT_THAT(scores.l1, ElementsAre(3, 2));
}

TEST(ChannelScores, know_the_scale_of_a_batch_norm) {
  EXPECT_THAT(scores_of_first(test::kSeparable).scale, ElementsAre(1, 2, 3, 0.5));
}

// conv1 makes 4*4 pixels of 3x3x1 weights, 144 MACs a channel; conv2 reads 3x3 of it for each of 16 pixels and 2
// outputs, 288.
TEST(ChannelScores, count_what_is_spared_where_a_channel_is_made_and_where_it_is_read) {
  EXPECT_THAT(scores_of_first(test::kChain).macs, Each(144 + 288));
}

// conv1: 16 pixels * 2 = 32. deep: 2 outputs * 4 pixels * 9 = 72. y: 4 pixels * 3 outputs * 2 inputs = 24. BATCH_NORM
// has no MACs.
TEST(ChannelScores, count_all_outputs_of_a_depthwise_channel) {
  EXPECT_THAT(scores_of_first(test::kSeparable).macs, Each(32 + 72 + 24));
}

TEST(ChannelScores, spare_nothing_where_channels_stay) {
  const Graph graph = test::parse(test::kChain);
  EXPECT_THAT(macs_of_channels(graph, find_groups(graph)[1]), ElementsAre(0, 0));
}

TEST(ChannelScores, want_float_weights) {
  const Graph graph = test::parse(R"(graph "" (%x: int8[1x2]{scale=1, zero_point=0}) -> (%y) {
    %w1: int8[3x2]{scale=1, zero_point=0} = [1, 2, 3, 4, 5, 6]
    %y: int8[1x3]{scale=1, zero_point=0} = FULLY_CONNECTED(%x, %w1)
  })");
  try {
    score_channels(graph, find_groups(graph)[0]);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "'y': its weights 'w1' are no float32 constant");
  }
}

}  // namespace
}  // namespace mirim
