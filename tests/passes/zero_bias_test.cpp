#include "mirim/passes/zero_bias.hpp"

#include <gmock/gmock.h>

#include "mirim/graph/verify.hpp"
#include "tests/passes/graphs.hpp"

namespace mirim {
namespace {

constexpr std::string_view kNormed = R"(graph "" (%x: float32[1x4x4x1]) -> (%y) {
  %w: float32[2x3x3x1] = random(1)
  %conv: float32[1x4x4x2] = CONV_2D(%x, %w) {stride_w=1, stride_h=1}
  %one: float32[2] = [1, 1]
  %y: float32[1x4x4x2] = BATCH_NORM(%conv, %one, %one, %one, %one)
})";

TEST(ZeroBias, is_added_to_convolutions_and_taken_away_before_batch_norm) {
  Graph graph = test::parse(kNormed);
  const auto before = test::run_random(graph, 1);
  add_zero_biases(graph);
  ASSERT_EQ(graph.nodes[0].inputs.size(), 3U);
  EXPECT_THAT(graph[graph.nodes[0].inputs[2]].values<float>(), testing::ElementsAre(0, 0));
  EXPECT_EQ(test::run_random(graph, 1), before);
  EXPECT_TRUE(verify(graph).empty());
  remove_zero_biases(graph);
  EXPECT_EQ(to_text(graph), to_text(test::parse(kNormed)));
}

TEST(ZeroBias, stays_where_it_can_be_trained) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x4x4x1]) -> (%y) {
    %w: float32[2x3x3x1] = random(1)
    %b: float32[2] = [0, 0]
    %y: float32[1x4x4x2] = CONV_2D(%x, %w, %b) {stride_w=1, stride_h=1}
  })");
  remove_zero_biases(graph);
  EXPECT_EQ(graph.nodes[0].inputs.size(), 3U);
}

}  // namespace
}  // namespace mirim
