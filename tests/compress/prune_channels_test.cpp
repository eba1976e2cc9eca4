#include "mirim/compress/prune_channels.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"
#include "tests/exec/networks.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// 4 inputs, 8 units, 3 outputs: 4 * 8 + 8 * 3 = 56 multiply-adds, 7 a unit. Unit i has weights of size i + 1.
Graph dense() {
  Graph graph = networks::Net({1, 4}).dense(8, Activation::relu).dense(3).done();
  std::vector<float> weights;
  for (int unit = 0; unit < 8; ++unit) weights.insert(weights.end(), 4, static_cast<float>(unit + 1));
  graph[graph.nodes[0].inputs[1]].constant = make_constant(weights);
  return graph;
}

TEST(PruneChannels, the_smallest_go_until_the_share_is_gone) {
  Graph graph = dense();
  const ChannelsRemoved removed = prune_channels(graph, {.share = 0.3});
  // 30 % of 56 are 16.8: three units of 7.
  EXPECT_EQ(removed.macs_before, 56);
  EXPECT_EQ(removed.macs_after, 35);
  EXPECT_THAT(removed.lines, ElementsAre("dense0: 3 of 8 channels go"));
  const auto weights = graph[graph.nodes[0].inputs[1]].values<float>();
  EXPECT_EQ(weights.size(), 20U);
  EXPECT_EQ(weights[0], 4);
}

TEST(PruneChannels, a_share_of_nothing_changes_nothing) {
  Graph graph = dense();
  EXPECT_EQ(prune_channels(graph, {.share = 0}).macs_after, 56);
}

TEST(PruneChannels, says_how_much_can_go) {
  Graph graph = dense();
  EXPECT_THAT([&] { prune_channels(graph, {.share = 0.95}); },
              ThrowsMessage<Error>(HasSubstr("at most 87.5 % of the multiply-adds, 95.0 % is asked")));
  EXPECT_THAT([&] { prune_channels(graph, {.share = 1}); }, ThrowsMessage<Error>(HasSubstr("is 1; it must be")));
}

TEST(PruneChannels, a_model_without_inner_channels_is_refused) {
  Graph graph = networks::Net({1, 4}).dense(3).done();
  EXPECT_THAT([&] { prune_channels(graph, {}); }, ThrowsMessage<Error>(HasSubstr("no channels can be removed")));
}

}  // namespace
}  // namespace mirim
