#include <gmock/gmock.h>

#include "mirim/passes/fold_batch_norm.hpp"
#include "mirim/passes/fold_normalization.hpp"
#include "tests/passes/equivalence.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::FloatEq;

std::vector<float> constant_named(const Graph& graph, const std::string& name) {
  for (const Value& value : graph.values) {
    if (value.name == name) return {value.values<float>().begin(), value.values<float>().end()};
  }
  ADD_FAILURE() << "no constant " << name;
  return {};
}

constexpr const char* kConvolutions = R"(graph "g" (%x: float32[1x7x6x4]) -> (%y) {
    %w: float32[6x3x3x2] = random(1)
    %gamma: float32[6] = random(2)
    %beta: float32[6] = random(3)
    %mean: float32[6] = random(4)
    %variance: float32[6] = [0.5, 1, 2, 3, 0.1, 1]
    %dw: float32[1x3x2x12] = random(5)
    %db: float32[12] = random(6)
    %factor: float32[12] = random(7)
    %term: float32[1x1x1x12] = random(8)
    %a: float32[1x4x3x6] = CONV_2D(%x, %w, _) {stride_h=2, stride_w=2}
    %n: float32[1x4x3x6] = BATCH_NORM(%a, %gamma, %beta, %mean, %variance)
    %r: float32[1x4x3x6] = RELU(%n)
    %d: float32[1x4x3x12] = DEPTHWISE_CONV_2D(%r, %dw, %db) {stride_h=1, stride_w=1, depth_multiplier=2}
    %m: float32[1x4x3x12] = MUL(%d, %factor)
    %y: float32[1x4x3x12] = ADD(%term, %m) {fused_activation_function=RELU6}
  })";

TEST(FoldBatchNorm, works_for_groups_depthwise_and_fused_activations) {
  Graph graph = graph_of(kConvolutions);
  const Graph before = graph;
  fold_batch_norm(graph);
  EXPECT_EQ(operators_of(graph), "CONV_2D RELU DEPTHWISE_CONV_2D");
  expect_equivalent(before, graph);
}

TEST(FoldBatchNorm, leaves_weights_that_two_layers_share_to_the_other) {
  Graph graph = graph_of(R"(graph "g" (%x: float32[1x2]) -> (%y, %z) {
    %w: float32[2x2] = random(1)
    %s: float32[2] = random(2)
    %t: float32[1x2] = FULLY_CONNECTED(%x, %w, _)
    %z: float32[1x2] = FULLY_CONNECTED(%x, %w, _)
    %y: float32[1x2] = MUL(%t, %s)
  })");
  const Graph before = graph;
  fold_batch_norm(graph);
  EXPECT_EQ(operators_of(graph), "FULLY_CONNECTED FULLY_CONNECTED");
  expect_equivalent(before, graph);
}

std::string normalized(const std::string& padding, const std::string& output) {
  return R"(graph "g" (%x: float32[1x5x5x2]) -> (%y) {
    %scale: float32[2] = [2, 4]
    %offset: float32[2] = [1, -3]
    %w: float32[3x3x3x2] = random(1)
    %b: float32[3] = random(2)
    %m: float32[1x5x5x2] = MUL(%x, %scale)
    %a: float32[1x5x5x2] = ADD(%m, %offset)
    %y: float32)" +
         output + R"( = CONV_2D(%a, %w, %b) {padding=)" + padding + R"(, stride_h=1, stride_w=1}
  })";
}

TEST(FoldNormalization, disappears_in_front_of_a_convolution_without_padding) {
  Graph graph = graph_of(normalized("VALID", "[1x3x3x3]"));
  const Graph before = graph;
  fold_normalization(graph);
  EXPECT_EQ(operators_of(graph), "CONV_2D");
  expect_equivalent(before, graph);
}

TEST(FoldNormalization, keeps_what_a_padded_border_would_change) {
  Graph graph = graph_of(normalized("SAME", "[1x5x5x3]"));
  const Graph before = graph;
  fold_normalization(graph);
  // 2x + 1 = 2 (x + 0.5) and 4x - 3 = 4 (x - 0.75): the factor folds, the term stays.
  EXPECT_EQ(operators_of(graph), "ADD CONV_2D");
  EXPECT_THAT(constant_named(graph, "a/term"), ElementsAre(0.5F, -0.75F));
  expect_equivalent(before, graph);
}

TEST(FoldNormalization, only_a_factor_goes_into_a_transposed_convolution) {
  // With stride 2 an output reads one to four pixels, so a term would add up to different sums.
  Graph graph = graph_of(R"(graph "g" (%x: float32[1x3x3x2]) -> (%y) {
    %scale: float32[2] = [2, 4]
    %offset: float32[2] = [1, -3]
    %shape: int32[4] = [1, 7, 7, 3]
    %w: float32[3x3x3x2] = random(1)
    %b: float32[3] = random(2)
    %m: float32[1x3x3x2] = MUL(%x, %scale)
    %a: float32[1x3x3x2] = ADD(%m, %offset)
    %y: float32[1x7x7x3] = TRANSPOSE_CONV(%shape, %w, %a, %b) {padding=VALID, stride_h=2, stride_w=2}
  })");
  const Graph before = graph;
  fold_normalization(graph);
  EXPECT_EQ(operators_of(graph), "ADD TRANSPOSE_CONV");
  expect_equivalent(before, graph);
}

TEST(FoldNormalization, a_border_pixel_would_differ_if_the_term_were_folded) {
  // One pixel, 3x3 ones: only the centre reads x, the other eight read padding. With the term folded into the bias
  // they would add 8 * 10.
  Graph graph = graph_of(R"(graph "g" (%x: float32[1x1x1x1]) -> (%y) {
    %ten: float32[1] = [10]
    %w: float32[1x3x3x1] = fill(1)
    %a: float32[1x1x1x1] = ADD(%x, %ten)
    %y: float32[1x1x1x1] = CONV_2D(%a, %w, _) {stride_h=1, stride_w=1}
  })");
  fold_normalization(graph);
  EXPECT_EQ(operators_of(graph), "ADD CONV_2D");
  Interpreter interpreter(graph);
  interpreter.input(0).as<float>()[0] = 5;
  interpreter.run();
  EXPECT_EQ(interpreter.output(0).as<float>()[0], 15);
}

TEST(FoldNormalization, passes_a_flattening_reshape) {
  Graph graph = graph_of(R"(graph "g" (%x: float32[1x2x2x3]) -> (%y) {
    %scale: float32[3] = [2, 4, 8]
    %offset: float32[3] = [1, 2, 3]
    %shape: int32[2] = [-1, 12]
    %w: float32[5x12] = random(1)
    %m: float32[1x2x2x3] = MUL(%x, %scale)
    %a: float32[1x2x2x3] = ADD(%m, %offset)
    %f: float32[1x12] = RESHAPE(%a, %shape)
    %y: float32[1x5] = FULLY_CONNECTED(%f, %w, _)
  })");
  const Graph before = graph;
  fold_normalization(graph);
  EXPECT_EQ(operators_of(graph), "RESHAPE FULLY_CONNECTED");
  expect_equivalent(before, graph);
}

TEST(FoldNormalization, works_for_groups_and_depthwise) {
  for (const std::string layer : {"CONV_2D(%m, %w, _)", "DEPTHWISE_CONV_2D(%m, %v, _)"}) {
    Graph graph = graph_of(R"(graph "g" (%x: float32[1x5x5x4]) -> (%y) {
      %scale: float32[4] = [2, 4, 8, 16]
      %w: float32[8x3x3x2] = random(1)
      %v: float32[1x3x3x8] = random(2)
      %m: float32[1x5x5x4] = MUL(%x, %scale)
      %y: float32[1x5x5x8] = )" +
                           layer + R"( {stride_h=1, stride_w=1}
    })");
    const Graph before = graph;
    fold_normalization(graph);
    EXPECT_EQ(graph.nodes.size(), 1U) << layer;
    expect_equivalent(before, graph);
  }
}

}  // namespace
}  // namespace mirim
