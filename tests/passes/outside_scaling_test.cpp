#include "mirim/passes/outside_scaling.hpp"

#include <gmock/gmock.h>

#include "mirim/graph/meaning.hpp"
#include "mirim/passes/prepare_for_quantization.hpp"
#include "tests/passes/equivalence.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::FloatEq;

// (x - (1000, 0.5)) / (200, 0.25), as Keras's layer Normalization is exported.
constexpr const char* kUnlike = R"(graph "g" (%x: float32[1x2]) -> (%y) {
    %mean: float32[1x2] = [1000, 0.5]
    %inverse: float32[1x2] = [0.005, 4]
    %w: float32[3x2] = random(1)
    %b: float32[3] = random(2)
    %c: float32[1x2] = SUB(%x, %mean)
    %s: float32[1x2] = MUL(%c, %inverse)
    %y: float32[1x3] = FULLY_CONNECTED(%s, %w, %b)
  })";

TEST(OutsideScaling, unlike_numbers_behind_the_input_leave_the_graph) {
  Graph graph = graph_of(kUnlike);
  ASSERT_TRUE(take_out_input_scaling(graph));
  EXPECT_EQ(operators_of(graph), "FULLY_CONNECTED");
  const Scaling scaling = scaling_of(graph[graph.inputs[0]]);
  EXPECT_THAT(scaling.mean, ElementsAre(FloatEq(1000), FloatEq(0.5F)));
  EXPECT_THAT(scaling.deviation, ElementsAre(FloatEq(200), FloatEq(0.25F)));
  put_in_input_scaling(graph);
  EXPECT_EQ(operators_of(graph), "ADD MUL FULLY_CONNECTED");
  expect_equivalent(graph_of(kUnlike), graph, 1e-4F);
}

TEST(OutsideScaling, division_and_a_factor_in_front_of_a_term_are_the_same) {
  Graph graph = graph_of(R"(graph "g" (%x: float32[1x2]) -> (%y) {
    %d: float32[2] = [200, 0.25]
    %t: float32[2] = [-5, -2]
    %w: float32[3x2] = random(1)
    %s: float32[1x2] = DIV(%x, %d)
    %a: float32[1x2] = ADD(%s, %t)
    %y: float32[1x3] = FULLY_CONNECTED(%a, %w, _)
  })");
  ASSERT_TRUE(take_out_input_scaling(graph));
  // x / 200 - 5 = (x - 1000) / 200; x / 0.25 - 2 = (x - 0.5) / 0.25
  EXPECT_THAT(scaling_of(graph[graph.inputs[0]]).mean, ElementsAre(FloatEq(1000), FloatEq(0.5F)));
}

TEST(OutsideScaling, one_number_for_all_stays_unless_0_lies_far_away) {
  const auto graph_with = [](const char* mean) {
    return graph_of(std::string(R"(graph "g" (%x: float32[1x2]) -> (%y) {
    %m: float32[1] = [)") +
                    mean + R"(]
    %i: float32[1] = [0.1]
    %w: float32[3x2] = random(1)
    %c: float32[1x2] = SUB(%x, %m)
    %s: float32[1x2] = MUL(%c, %i)
    %y: float32[1x3] = FULLY_CONNECTED(%s, %w, _)
  })");
  };
  // Deviation 10: 0 is 2 deviations from 20, and 29 from 293 (kelvins).
  Graph near = graph_with("20"), far = graph_with("293");
  EXPECT_FALSE(take_out_input_scaling(near));
  EXPECT_TRUE(take_out_input_scaling(far));
  EXPECT_TRUE(take_out_input_scaling(near, /*always=*/true));
}

TEST(OutsideScaling, a_factor_that_is_not_above_0_stays) {
  Graph graph = graph_of(R"(graph "g" (%x: float32[1x2]) -> (%y) {
    %f: float32[2] = [3, -1]
    %w: float32[3x2] = random(1)
    %s: float32[1x2] = MUL(%x, %f)
    %y: float32[1x3] = FULLY_CONNECTED(%s, %w, _)
  })");
  EXPECT_FALSE(take_out_input_scaling(graph, /*always=*/true));
}

TEST(OutsideScaling, what_makes_the_output_leaves_and_comes_back) {
  const Graph before = graph_of(R"(graph "g" (%x: float32[1x2]) -> (%y) {
    %w: float32[2x2] = random(1)
    %d: float32[2] = [50, 2]
    %m: float32[2] = [1000, -3]
    %z: float32[1x2] = FULLY_CONNECTED(%x, %w, _)
    %s: float32[1x2] = MUL(%z, %d)
    %y: float32[1x2] = ADD(%s, %m)
  })");
  Graph graph = before;
  ASSERT_TRUE(take_out_output_scaling(graph));
  EXPECT_EQ(operators_of(graph), "FULLY_CONNECTED");
  EXPECT_EQ(graph[graph.outputs[0]].name, "y");
  EXPECT_EQ(scaling_of(graph[graph.outputs[0]]), (Scaling{{1000, -3}, {50, 2}}));
  put_in_output_scaling(graph);
  EXPECT_EQ(graph[graph.outputs[0]].name, "y");
  expect_equivalent(before, graph);
}

// Columns 0.1 wide and 1,500 wide: one scale of 1500 / 255 gives the first no step at all.
TEST(OutsideScaling, unlike_features_get_a_scale_each_and_the_layer_behind_makes_up_for_it) {
  const Graph before = graph_of(R"(graph "g" (%x: float32[1x3]) -> (%y) {
    %w: float32[2x3] = random(1)
    %b: float32[2] = random(2)
    %y: float32[1x2] = FULLY_CONNECTED(%x, %w, %b)
  })");
  Graph graph = before;
  const std::vector<Range> ranges = {{0.1F, 0.2F}, {0, 1500}, {7, 7}};
  ASSERT_TRUE(scale_unlike_features(graph, ranges));
  const Scaling scaling = scaling_of(graph[graph.inputs[0]]);
  EXPECT_THAT(scaling.mean, ElementsAre(FloatEq(0.15F), FloatEq(750), FloatEq(7)));
  EXPECT_THAT(scaling.deviation, ElementsAre(FloatEq(0.05F), FloatEq(750), FloatEq(1)));
  put_in_input_scaling(graph);
  expect_equivalent(before, graph, 1e-4F);
}

TEST(OutsideScaling, like_features_and_ones_that_something_else_reads_first_stay) {
  Graph like = graph_of(R"(graph "g" (%x: float32[1x2]) -> (%y) {
    %w: float32[2x2] = random(1)
    %y: float32[1x2] = FULLY_CONNECTED(%x, %w, _)
  })");
  EXPECT_FALSE(scale_unlike_features(like, std::vector<Range>{{0, 10}, {0, 40}}));
  Graph other = graph_of(R"(graph "g" (%x: float32[1x2]) -> (%y) {
    %y: float32[1x2] = TANH(%x)
  })");
  EXPECT_FALSE(scale_unlike_features(other, std::vector<Range>{{0, 10}, {0, 4000}}));
}

// Zeros stand around an image: only a factor can go into the weights.
TEST(OutsideScaling, unlike_channels_in_front_of_padding_are_scaled_around_0) {
  const Graph before = graph_of(R"(graph "g" (%x: float32[1x4x4x2]) -> (%y) {
    %w: float32[2x3x3x2] = random(1)
    %y: float32[1x4x4x2] = CONV_2D(%x, %w, _) {stride_h=1, stride_w=1}
  })");
  Graph graph = before;
  ASSERT_TRUE(scale_unlike_features(graph, std::vector<Range>{{-1, 2}, {0, 1000}}));
  EXPECT_EQ(scaling_of(graph[graph.inputs[0]]), (Scaling{{0, 0}, {2, 1000}}));
  put_in_input_scaling(graph);
  expect_equivalent(before, graph, 1e-4F);
}

TEST(OutsideScaling, prepare_leaves_bytes_their_normalisation) {
  Graph graph = graph_of(kUnlike);
  prepare_for_quantization(graph, {.outside_scaling = true});
  EXPECT_FALSE(scaling_of(graph[graph.inputs[0]]).empty());
  Graph bytes = graph_of(kUnlike);
  prepare_for_quantization(bytes, {.raw_bytes = true});
  EXPECT_TRUE(scaling_of(bytes[bytes.inputs[0]]).empty());
  expect_equivalent(graph_of(kUnlike), bytes, 1e-3F);
}

}  // namespace
}  // namespace mirim
