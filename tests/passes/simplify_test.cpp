#include "mirim/passes/simplify.hpp"

#include <gmock/gmock.h>

#include "mirim/graph/verify.hpp"
#include "mirim/passes/fuse_activation.hpp"
#include "tests/passes/graphs.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;

TEST(Simplify, dropout_disappears) {
  Graph graph = test::parse(R"(graph "" (%x: float32[2]) -> (%b) {
    %a: float32[2] = DROPOUT(%x)
    %r: float32[2] = RELU(%a)
    %b: float32[2] = DROPOUT(%r)
  })");
  remove_dropout(graph);
  EXPECT_THAT(test::operator_names(graph), ElementsAre("RELU"));
  EXPECT_TRUE(verify(graph).empty());
}

TEST(Simplify, constants_are_computed_once) {
  Graph graph = test::parse(R"(graph "" (%x: float32[2]) -> (%y) {
    %a: float32[2] = [1, -2]
    %b: float32[2] = [10, 20]
    %s: float32[2] = ADD(%a, %b)
    %r: float32[2] = MUL(%s, %a)
    %y: float32[2] = ADD(%x, %r)
  })");
  fold_constants(graph);
  EXPECT_THAT(test::operator_names(graph), ElementsAre("ADD"));
  EXPECT_THAT(graph[graph.nodes[0].inputs[1]].values<float>(), ElementsAre(11, -36));
  EXPECT_TRUE(verify(graph).empty());
}

TEST(Simplify, what_reaches_no_output_goes) {
  Graph graph = test::parse(R"(graph "" (%x: float32[2]) -> (%y) {
    %y: float32[2] = RELU(%x)
    %dead: float32[2] = TANH(%y)
    %deader: float32[2] = TANH(%dead)
  })");
  eliminate_dead_nodes(graph);
  EXPECT_THAT(test::operator_names(graph), ElementsAre("RELU"));
  EXPECT_EQ(graph.values.size(), 2U);
}

TEST(FuseActivation, relu_goes_into_the_operator_before) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x2]) -> (%y) {
    %w: float32[2x2] = random(1)
    %fc: float32[1x2] = FULLY_CONNECTED(%x, %w)
    %r: float32[1x2] = RELU6(%fc)
    %y: float32[1x2] = ADD(%r, %x) {fused_activation_function=RELU}
  })");
  const auto before = test::run_random(graph, 1);
  fuse_activation(graph);
  EXPECT_THAT(test::operator_names(graph), ElementsAre("FULLY_CONNECTED", "ADD"));
  EXPECT_EQ(test::run_random(graph, 1), before);
  EXPECT_TRUE(verify(graph).empty());
}

TEST(FuseActivation, leaves_what_is_read_without_it_or_clamped_already) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x2]) -> (%y, %z) {
    %a: float32[1x2] = ADD(%x, %x)
    %r: float32[1x2] = RELU(%a)
    %y: float32[1x2] = MUL(%r, %a) {fused_activation_function=RELU6}
    %z: float32[1x2] = RELU(%y)
  })");
  fuse_activation(graph);
  EXPECT_THAT(test::operator_names(graph), ElementsAre("ADD", "RELU", "MUL", "RELU"));
}

}  // namespace
}  // namespace mirim
