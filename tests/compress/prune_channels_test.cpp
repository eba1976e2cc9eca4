#include "mirim/compress/prune_channels.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/compress/channel_scores.hpp"
#include "mirim/passes/groups.hpp"
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

// A unit of dense0 has 4 + 4 products, one of dense1 8 + 3, both a sum. dense0's smallest unit has 7 / 8.75 = 0.8 of
// its group's mean, all of dense1 have 1. By multiply-adds 1 / 11 < 0.8 / 8; by the Cortex-M4's 1.63 instructions a
// product and 34 a sum 0.8 / 47.04 < 1 / 51.93.
TEST(PruneChannels, what_a_channel_costs_on_the_board_is_another_order_than_multiply_adds) {
  Graph graph = networks::Net({1, 4}).dense(8, Activation::relu).dense(4, Activation::relu).dense(3).done();
  std::vector<float> weights(32, 9);
  std::fill_n(weights.begin(), 4, 7.0F);
  graph[graph.nodes[0].inputs[1]].constant = make_constant(weights);
  graph[graph.nodes[1].inputs[1]].constant = make_constant(std::vector<float>(32, 1));
  const auto on_board = [](const Graph& g) {
    double instructions = 0;
    for (const Node& node : g.nodes) {
      const Shape& w = g[node.inputs[1]].type.shape;
      instructions += 1.63 * static_cast<double>(w.elements()) + 34 * static_cast<double>(w[0]);
    }
    return instructions;
  };
  Graph by_macs = graph;
  using By = ChannelPruning::Criterion;
  // 10 % of 76 multiply-adds: one unit of either.
  EXPECT_THAT(prune_channels(by_macs, {.share = 0.1, .criterion = By::flops}).lines,
              ElementsAre("dense1: 1 of 4 channels go"));
  EXPECT_THAT(prune_channels(graph, {.share = 0.1, .criterion = By::latency, .cost = on_board}).lines,
              ElementsAre("dense0: 1 of 8 channels go"));
}

// A kernel that makes four units at a time: one unit of eight less spares nothing, four spare one turn.
TEST(PruneChannels, by_latency_a_channel_costs_its_share_of_four) {
  const auto turns = [](const Graph& g) {
    double sum = 0;
    for (const Node& node : g.nodes) sum += std::ceil(static_cast<double>(g[node.inputs[1]].type.shape[0]) / 4);
    return sum;
  };
  const Graph graph = dense();
  const std::vector<Group> groups = find_groups(graph);
  ASSERT_EQ(groups[0].channels, 8);
  EXPECT_THAT(costs_of_channels(graph, groups[0], turns), testing::Each(0.0));
  EXPECT_THAT(costs_of_channels(graph, groups[0], turns, 4), testing::Each(0.25));
}

TEST(PruneChannels, by_taylor_the_channel_goes_that_the_loss_feels_least) {
  Graph graph = dense();
  const ValueId first = graph.nodes[0].inputs[1];
  std::vector<float> felt(32, 1);
  std::fill_n(felt.begin() + 4 * 6, 4, 0.1F);  // unit 6, whose weights are 7
  std::map<ValueId, std::vector<float>> importance{{first, felt}};
  prune_channels(graph,
                 {.share = 0.1, .criterion = ChannelPruning::Criterion::taylor, .importance = std::move(importance)});
  const auto weights = graph[graph.nodes[0].inputs[1]].values<float>();
  ASSERT_EQ(weights.size(), 28U);
  EXPECT_EQ(weights[4 * 5], 6);
  EXPECT_EQ(weights[4 * 6], 8);
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
