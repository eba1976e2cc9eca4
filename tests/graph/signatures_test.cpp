#include "mirim/graph/signatures.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::ThrowsMessage;

/// A graph of values only: inputs 0 and 1, output 2.
Graph small() {
  Graph graph;
  for (const char* name : {"a", "b", "y"}) graph.add(Value{.name = name, .type = {DType::float32, {1}}});
  graph.inputs = {0, 1};
  graph.outputs = {2};
  return graph;
}

TEST(Signatures, follow_inputs_and_outputs_that_are_renumbered) {
  Model model;
  model.graphs = {small(), small()};
  model.signatures = {{.key = "second", .graph = 1, .inputs = {{"x", 0}}, .outputs = {}},
                      {.key = "first", .graph = 0, .inputs = {{"right", 1}, {"left", 0}}, .outputs = {{"result", 2}}}};
  keep_signatures(model);
  EXPECT_TRUE(model.signatures.empty());
  Graph& graph = model.main();
  graph.values.insert(graph.values.begin(), 2, Value{});
  graph.inputs = {2, 3};
  graph.outputs = {4};
  restore_signatures(model);
  ASSERT_EQ(model.signatures.size(), 2U);
  EXPECT_EQ(model.signatures[0].key, "second");
  EXPECT_EQ(model.signatures[0].graph, 1);
  EXPECT_THAT(model.signatures[1].inputs, ElementsAre(Pair("right", 3), Pair("left", 2)));
  EXPECT_THAT(model.signatures[1].outputs, ElementsAre(Pair("result", 4)));
  EXPECT_TRUE(model.main().extras.empty());
}

TEST(Signatures, of_a_graph_that_is_gone_go_with_it) {
  Model model;
  model.graphs = {small(), small()};
  model.signatures = {{.key = "first", .graph = 0, .inputs = {}, .outputs = {}},
                      {.key = "second", .graph = 1, .inputs = {}, .outputs = {}}};
  keep_signatures(model);
  model.graphs.pop_back();
  restore_signatures(model);
  ASSERT_EQ(model.signatures.size(), 1U);
  EXPECT_EQ(model.signatures[0].key, "first");
}

TEST(Signatures, one_is_chosen_by_name) {
  Model model;
  model.graphs = {small(), small()};
  model.graphs[1].name = "step";
  model.signatures = {{.key = "reset", .graph = 0, .inputs = {}, .outputs = {}},
                      {.key = "step", .graph = 1, .inputs = {}, .outputs = {}}};
  choose_signature(model, "step");
  EXPECT_EQ(model.main().name, "step");
  EXPECT_EQ(model.signatures[1].graph, 0);
  EXPECT_EQ(model.signatures[0].graph, 1);
  EXPECT_THAT([&] { choose_signature(model, "walk"); },
              ThrowsMessage<Error>(HasSubstr("there is no signature 'walk'; the model has reset, step")));
}

}  // namespace
}  // namespace mirim
