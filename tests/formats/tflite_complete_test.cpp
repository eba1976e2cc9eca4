#include "mirim/formats/tflite_complete.hpp"

#include <gmock/gmock.h>

#include "mirim/formats/tflite.hpp"
#include "mirim/graph/text.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/reshape.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(CompleteTflite, names_are_unique_and_those_of_the_rim_stay) {
  Graph graph;
  for (const char* name : {"c", "c", "", "c_1", "c", ""}) {
    graph.add(Value{.name = name, .type = {DType::float32, {1}}});
  }
  graph.outputs = {4};
  give_unique_names(graph);
  std::vector<std::string> names;
  for (const Value& value : graph.values) names.push_back(value.name);
  EXPECT_THAT(names, ElementsAre("c_2", "c_3", "tensor", "c_1", "c", "tensor_1"));
}

TEST(CompleteTflite, a_reshape_says_its_shape_and_the_main_graph_has_a_signature) {
  Model model;
  model.graphs.push_back(parse_graph(R"(graph "" (%x: float32[1x2x3]) -> (%z) {
    %s: int32[2] = [-1, 6]
    %y: float32[1x6] = RESHAPE(%x, %s)
    %t: int32[2] = [3, 2]
    %z: float32[3x2] = RESHAPE(%y, %t) {new_shape=[6, 1]}
  })",
                                     all_operators()));
  complete_tflite(model);
  const Model read = read_tflite(write_tflite(model));
  EXPECT_THAT(read.main().nodes[0].op.as<Reshape>()->new_shape, ElementsAre(1, 6));
  EXPECT_THAT(read.main().nodes[1].op.as<Reshape>()->new_shape, ElementsAre(3, 2)) << "the old one was of no use";
  ASSERT_EQ(read.signatures.size(), 1U);
  EXPECT_EQ(read.signatures[0].key, "serving_default");
  EXPECT_THAT(read.signatures[0].inputs, ElementsAre(Pair("x", read.main().inputs[0])));
  EXPECT_THAT(read.signatures[0].outputs, ElementsAre(Pair("z", read.main().outputs[0])));
}

TEST(CompleteTflite, a_signature_that_is_there_stays) {
  Model model;
  model.graphs.push_back(parse_graph(R"(graph "" (%x: float32[1]) -> (%y) {
    %y: float32[1] = RELU(%x)
  })",
                                     all_operators()));
  model.signatures = {{.key = "mine", .graph = 0, .inputs = {{"a", 0}}, .outputs = {{"b", 1}}}};
  complete_tflite(model);
  ASSERT_EQ(model.signatures.size(), 1U);
  EXPECT_EQ(model.signatures[0].key, "mine");
}

}  // namespace
}  // namespace mirim
