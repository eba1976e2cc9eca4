#include "mirim/passes/equalize.hpp"

#include <gmock/gmock.h>

#include "tests/passes/equivalence.hpp"
#include "tests/passes/graphs.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;

std::span<const float> constant(const Graph& graph, int node, std::size_t input) {
  return graph[graph.nodes[static_cast<std::size_t>(node)].inputs[input]].values<float>();
}

TEST(Equalize, both_layers_reach_equally_far_by_hand) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x2]) -> (%y) {
    %w: float32[2x2] = [8, 1, -2, 0.5]
    %b: float32[2] = [4, 1]
    %h: float32[1x2] = FULLY_CONNECTED(%x, %w, %b) {fused_activation_function=RELU}
    %v: float32[2x2] = [1, 8, -2, 4]
    %c: float32[2] = [3, 5]
    %y: float32[1x2] = FULLY_CONNECTED(%h, %v, %c)
  })");
  const Graph before = graph;
  EXPECT_EQ(equalize(graph), 1);
  // Rows of w reach 8 and 2, columns of v 2 and 8: s = 2 and 1/2.
  EXPECT_THAT(constant(graph, 0, 1), ElementsAre(4, 0.5F, -4, 1));
  EXPECT_THAT(constant(graph, 0, 2), ElementsAre(2, 2));
  EXPECT_THAT(constant(graph, 1, 1), ElementsAre(2, 4, -4, 2));
  EXPECT_THAT(constant(graph, 1, 2), ElementsAre(3, 5));
  expect_equivalent(before, graph);
}

TEST(Equalize, goes_through_depthwise_layers_and_pools) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x2x2x1]) -> (%y) {
    %w: float32[2x1x1x1] = [16, 0.25]
    %a: float32[1x2x2x2] = CONV_2D(%x, %w) {stride_w=1, stride_h=1, fused_activation_function=RELU}
    %p: float32[1x2x2x2] = MAX_POOL_2D(%a) {stride_w=1, stride_h=1, filter_width=1, filter_height=1}
    %d: float32[1x1x1x2] = [1, -4]
    %b: float32[1x2x2x2] = DEPTHWISE_CONV_2D(%p, %d) {stride_w=1, stride_h=1, depth_multiplier=1}
    %v: float32[1x1x1x2] = [2, 1]
    %y: float32[1x2x2x1] = CONV_2D(%b, %v) {stride_w=1, stride_h=1}
  })");
  const Graph before = graph;
  EXPECT_EQ(equalize(graph), 2);
  expect_equivalent(before, graph);
  // The product of a channel's three weights stays, so all three become its cube root: 32 and -1.
  for (const auto& [node, input] : {std::pair(0, 1), std::pair(2, 1), std::pair(3, 1)}) {
    const auto weights = constant(graph, node, static_cast<std::size_t>(input));
    EXPECT_NEAR(std::fabs(weights[0]), std::cbrt(32.0F), 0.05) << node;
    EXPECT_NEAR(std::fabs(weights[1]), 1, 0.02) << node;
  }
}

TEST(Equalize, leaves_relu6_and_residuals_alone) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x1]) -> (%z) {
    %w: float32[1x1] = [8]
    %h: float32[1x1] = FULLY_CONNECTED(%x, %w) {fused_activation_function=RELU6}
    %v: float32[1x1] = [1]
    %y: float32[1x1] = FULLY_CONNECTED(%h, %v)
    %u: float32[1x1] = [3]
    %t: float32[1x1] = FULLY_CONNECTED(%y, %u)
    %z: float32[1x1] = ADD(%y, %t)
  })");
  EXPECT_EQ(equalize(graph), 0);
  EXPECT_THAT(constant(graph, 0, 1), ElementsAre(8));
}

}  // namespace
}  // namespace mirim
