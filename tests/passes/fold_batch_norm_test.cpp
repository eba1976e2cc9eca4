#include "mirim/passes/fold_batch_norm.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/graph/verify.hpp"
#include "tests/passes/graphs.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::FloatNear;
using testing::Pointwise;

// scale = 2 / sqrt(3 + 1) = 1 and 6 / sqrt(8 + 1) = 2; offset = 5 - 1 * 1 = 4 and 0 - 10 * 2 = -20.
constexpr std::string_view kStatistics = R"(
    %gamma: float32[2] = [2, 6]
    %beta: float32[2] = [5, 0]
    %mean: float32[2] = [1, 10]
    %variance: float32[2] = [3, 8]
)";

TEST(FoldBatchNorm, goes_into_weights_and_bias_of_a_transposed_convolution) {
  Graph graph = test::parse(std::string(R"(graph "" (%x: float32[1x1x1x1]) -> (%y) {
    %s: int32[4] = [1, 1, 1, 2]
    %w: float32[2x1x1x1] = [1, 3]
    %b: float32[2] = [0.5, -1]
    %t: float32[1x1x1x2] = TRANSPOSE_CONV(%s, %w, %x, %b) {stride_w=1, stride_h=1})") +
                            std::string(kStatistics) +
                            "%y: float32[1x1x1x2] = BATCH_NORM(%t, %gamma, %beta, %mean, %variance) {epsilon=1}\n}");
  fold_batch_norm(graph);
  ASSERT_EQ(test::operator_names(graph), std::vector<std::string>{"TRANSPOSE_CONV"});
  EXPECT_THAT(graph[graph.nodes[0].inputs[1]].values<float>(), ElementsAre(1, 6));
  // 0.5 * 1 + 4 and -1 * 2 - 20.
  EXPECT_THAT(graph[graph.nodes[0].inputs[3]].values<float>(), ElementsAre(4.5F, -22));
  EXPECT_EQ(verify(graph), std::vector<std::string>{});
}

TEST(FoldBatchNorm, goes_into_weights_and_bias_of_a_fully_connected_layer) {
  Graph graph = test::parse(std::string(R"(graph "" (%x: float32[1x2]) -> (%y) {
    %w: float32[2x2] = [1, 2, 3, 4]
    %b: float32[2] = [0.5, -1]
    %fc: float32[1x2] = FULLY_CONNECTED(%x, %w, %b))") +
                            std::string(kStatistics) +
                            "%y: float32[1x2] = BATCH_NORM(%fc, %gamma, %beta, %mean, %variance) {epsilon=1}\n}");
  fold_batch_norm(graph);
  ASSERT_EQ(test::operator_names(graph), std::vector<std::string>{"FULLY_CONNECTED"});
  EXPECT_THAT(graph[graph.nodes[0].inputs[1]].values<float>(), ElementsAre(1, 2, 6, 8));
  // 0.5 * 1 + 4 and -1 * 2 - 20.
  EXPECT_THAT(graph[graph.nodes[0].inputs[2]].values<float>(), ElementsAre(4.5F, -22));
  EXPECT_EQ(graph[graph.outputs[0]].name, "y");
  EXPECT_TRUE(verify(graph).empty());
}

TEST(FoldBatchNorm, makes_a_bias_where_there_was_none) {
  Graph graph = test::parse(std::string(R"(graph "" (%x: float32[1x4x4x3]) -> (%y) {
    %w: float32[2x3x3x3] = random(1)
    %conv: float32[1x4x4x2] = CONV_2D(%x, %w) {stride_w=1, stride_h=1})") +
                            std::string(kStatistics) +
                            "%y: float32[1x4x4x2] = BATCH_NORM(%conv, %gamma, %beta, %mean, %variance) {epsilon=1}\n}");
  const auto before = test::run_random(graph, 5);
  fold_batch_norm(graph);
  EXPECT_EQ(test::operator_names(graph), std::vector<std::string>{"CONV_2D"});
  EXPECT_THAT(test::run_random(graph, 5), Pointwise(FloatNear(1e-4F), before));
}

TEST(FoldBatchNorm, scales_the_last_axis_of_depthwise_weights) {
  Graph graph = test::parse(std::string(R"(graph "" (%x: float32[1x4x4x1]) -> (%y) {
    %w: float32[1x3x3x2] = random(1)
    %conv: float32[1x4x4x2] = DEPTHWISE_CONV_2D(%x, %w) {stride_w=1, stride_h=1, depth_multiplier=2})") +
                            std::string(kStatistics) +
                            "%y: float32[1x4x4x2] = BATCH_NORM(%conv, %gamma, %beta, %mean, %variance) {epsilon=1}\n}");
  const auto before = test::run_random(graph, 5);
  fold_batch_norm(graph);
  EXPECT_EQ(test::operator_names(graph), std::vector<std::string>{"DEPTHWISE_CONV_2D"});
  EXPECT_THAT(test::run_random(graph, 5), Pointwise(FloatNear(1e-4F), before));
}

TEST(FoldBatchNorm, stays_a_mul_and_an_add_behind_anything_else) {
  Graph graph = test::parse(std::string("graph \"\" (%x: float32[1x2]) -> (%y) {\n%r: float32[1x2] = RELU(%x)\n") +
                            std::string(kStatistics) +
                            "%y: float32[1x2] = BATCH_NORM(%r, %gamma, %beta, %mean, %variance) {epsilon=1}\n}");
  const auto before = test::run_random(graph, 5);
  fold_batch_norm(graph);
  EXPECT_THAT(test::operator_names(graph), ElementsAre("RELU", "MUL", "ADD"));
  EXPECT_THAT(test::run_random(graph, 5), Pointwise(FloatNear(1e-5F), before));
}

TEST(FoldAffine, leaves_a_layer_that_another_one_reads_too) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x2]) -> (%y, %fc) {
    %w: float32[2x2] = random(1)
    %fc: float32[1x2] = FULLY_CONNECTED(%x, %w)
    %s: float32[1] = [3]
    %y: float32[1x2] = MUL(%fc, %s)
  })");
  fold_affine(graph);
  EXPECT_THAT(test::operator_names(graph), ElementsAre("FULLY_CONNECTED", "MUL"));
}

TEST(FoldAffine, takes_the_activation_along_and_stops_there) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x2]) -> (%z) {
    %w: float32[2x2] = random(1)
    %fc: float32[1x2] = FULLY_CONNECTED(%x, %w)
    %s: float32[1] = [-3]
    %y: float32[1x2] = MUL(%s, %fc) {fused_activation_function=RELU}
    %z: float32[1x2] = ADD(%y, %s)
  })");
  const auto before = test::run_random(graph, 2);
  fold_affine(graph);
  EXPECT_THAT(test::operator_names(graph), ElementsAre("FULLY_CONNECTED", "ADD"));
  EXPECT_THAT(test::run_random(graph, 2), Pointwise(FloatNear(1e-5F), before));
}

TEST(FoldAffine, leaves_an_add_that_differs_from_place_to_place) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x1x2x2]) -> (%y) {
    %w: float32[2x1x1x2] = random(1)
    %conv: float32[1x1x2x2] = CONV_2D(%x, %w) {stride_w=1, stride_h=1}
    %s: float32[1x1x2x1] = [1, 2]
    %y: float32[1x1x2x2] = ADD(%conv, %s)
  })");
  fold_affine(graph);
  EXPECT_THAT(test::operator_names(graph), ElementsAre("CONV_2D", "ADD"));
}

TEST(FoldBatchNorm, refuses_statistics_that_are_not_finite) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x1]) -> (%y) {
    %one: float32[1] = [1]
    %bad: float32[1] = [-2]
    %y: float32[1x1] = BATCH_NORM(%x, %one, %one, %one, %bad)
  })");
  try {
    fold_batch_norm(graph);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "node 0 'y' (BATCH_NORM): the statistics of channel 0 are not finite");
  }
}

}  // namespace
}  // namespace mirim
