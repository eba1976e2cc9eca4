#include "mirim/passes/widen_weights.hpp"

#include <gmock/gmock.h>

#include "mirim/graph/verify.hpp"
#include "tests/passes/graphs.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;

TEST(WidenWeights, beside_float_activations_become_what_they_stand_for) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x2]) -> (%y) {
    %w: int8[2x2]{scale=[0.5, 0.25], zero_point=[0, 0], axis=0} = [1, -2, 3, 4]
    %b: float32[2] = [1, 2]
    %m: float32[1x2] = FULLY_CONNECTED(%x, %w, %b)
    %y: float32[1x2] = FULLY_CONNECTED(%m, %w, %b)
  })");
  widen_weights(graph);
  EXPECT_THAT(verify(graph), testing::IsEmpty());
  const Value& weights = graph[graph.nodes[0].inputs[1]];
  EXPECT_EQ(weights.type.dtype, DType::float32);
  EXPECT_TRUE(weights.quantization.empty());
  EXPECT_THAT(weights.values<float>(), ElementsAre(0.5F, -1, 0.75F, 1));
  EXPECT_EQ(graph.nodes[0].inputs[1], graph.nodes[1].inputs[1]) << "shared as before";
  EXPECT_EQ(graph.values.size(), 5) << "nothing is left of the integers";
}

TEST(WidenWeights, with_a_scale_for_each_input_channel_have_no_integer_sum) {
  Model model{.graphs = {test::parse(R"(graph "" (%x: float32[1x1x1x2]) -> (%y) {
    %w: int8[3x1x1x2]{scale=[0.5, 0.25], zero_point=[0, 0], axis=3} = [1, -2, 3, 4, 5, 6]
    %m: float32[1x1x1x3] = CONV_2D(%x, %w) {stride_w=1, stride_h=1}
    %v: int8[2x3]{scale=[0.5, 0.25], zero_point=[0, 0], axis=0} = [1, -2, 3, 4, 5, 6]
    %y: float32[1x2] = FULLY_CONNECTED(%m, %v)
  })")}};
  model.signatures.push_back({.key = "s", .inputs = {{"in", 0}}, .outputs = {{"out", model.main().outputs[0]}}});
  widen_weights_of_other_axes(model);
  const Graph& graph = model.main();
  EXPECT_EQ(graph.values.size(), 5) << "nothing is left of the integers";
  EXPECT_EQ(graph[model.signatures[0].outputs[0].second].name, "y");
  EXPECT_THAT(verify(graph), testing::IsEmpty());
  EXPECT_THAT(graph[graph.nodes[0].inputs[1]].values<float>(), ElementsAre(0.5F, -0.5F, 1.5F, 1, 2.5F, 1.5F));
  EXPECT_EQ(graph[graph.nodes[1].inputs[1]].type.dtype, DType::int8) << "outputs have the scales: stays";
}

TEST(WidenWeights, of_integer_layers_stay) {
  Graph graph = test::parse(R"(graph "" (%x: int8[1x2]{scale=0.5, zero_point=0}) -> (%y) {
    %w: int8[2x2]{scale=0.5, zero_point=0} = [1, -2, 3, 4]
    %y: int8[1x2]{scale=0.5, zero_point=0} = FULLY_CONNECTED(%x, %w, _)
  })");
  const std::string before = to_text(graph);
  widen_weights(graph);
  EXPECT_EQ(to_text(graph), before);
}

}  // namespace
}  // namespace mirim
