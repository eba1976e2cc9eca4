#include "mirim/graph/graph.hpp"

#include <gmock/gmock.h>

#include "tests/graph/test_operators.hpp"

namespace mirim {
namespace {

using testing::ElementsAre, testing::HasSubstr;

Value value(const std::string& name) { return {.name = name, .type = {DType::float32, {2}}}; }

// a -> first -> second(first, first)
Graph chain() {
  Graph graph;
  graph.inputs = {graph.add(value("a"))};
  const ValueId first = graph.add(test::Sum{}, {graph.inputs[0], kNoValue}, "first");
  graph.outputs = {graph.add(test::Sum{}, {first, first}, "second")};
  return graph;
}

TEST(Graph, a_node_gets_the_type_its_operator_infers) {
  const Graph graph = chain();
  EXPECT_EQ(graph[graph.outputs[0]].type, (TensorType{DType::float32, {2}}));
  EXPECT_EQ(graph[graph.outputs[0]].name, "second");
}

TEST(Graph, a_refused_node_is_named) {
  Graph graph = chain();
  const ValueId other = graph.add({.name = "b", .type = {DType::float32, {3}}});
  try {
    graph.add(test::Sum{}, {graph.inputs[0], other}, "third");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("third: the inputs differ"));
  }
}

Bytes bytes(const std::vector<std::int8_t>& values) {
  const BytesView view = bytes_of(values);
  return {view.begin(), view.end()};
}

TEST(Graph, a_variable_is_no_constant_and_begins_with_the_content_it_is_given) {
  Value state{.type = {DType::int8, {2}}, .quantization = {{0.5F}, {-7}}, .variable = true};
  EXPECT_EQ(initial_content(state), bytes({-7, -7}));  // its zero point
  state.constant = make_constant(std::vector<std::int8_t>{1, 2});
  EXPECT_EQ(initial_content(state), bytes({1, 2}));
  EXPECT_FALSE(state.is_constant());
  EXPECT_FALSE(state.operand().is_constant());
  state = {.type = {DType::int16, {1}}, .quantization = {{0.5F}, {-7}}, .variable = true};
  EXPECT_EQ(initial_content(state), bytes({0, 0}));
}

TEST(Graph, the_variables_that_a_node_writes_are_told) {
  Graph graph;
  graph.inputs = {graph.add(value("x"))};
  const ValueId state = graph.add(value("state"));
  graph.outputs = {graph.add(test::Accumulate{}, {graph.inputs[0], state}, "sum")};
  EXPECT_THAT([&] { written_variables(graph, graph.nodes[0]); },
              testing::ThrowsMessage<Error>("its state, input 1 'state', is no variable"));
  EXPECT_FALSE(keeps_state(graph));
  graph[state].variable = true;
  EXPECT_THAT(written_variables(graph, graph.nodes[0]), ElementsAre(state));
  EXPECT_TRUE(keeps_state(graph));
}

TEST(Graph, producers_and_consumers_are_told) {
  const Graph graph = chain();
  EXPECT_THAT(producers(graph), ElementsAre(-1, 0, 1));
  EXPECT_THAT(consumers(graph), ElementsAre(ElementsAre(0), ElementsAre(1, 1), ElementsAre()));
}

TEST(Graph, unused_values_go_and_the_others_keep_their_meaning) {
  Graph graph = chain();
  graph.values.insert(graph.values.begin(), value("unused"));
  for (auto* ids : {&graph.inputs, &graph.outputs}) ++ids->front();
  for (Node& node : graph.nodes) {
    for (auto* ids : {&node.inputs, &node.outputs}) {
      for (ValueId& id : *ids) id += id == kNoValue ? 0 : 1;
    }
  }
  remove_unused_values(graph);
  ASSERT_EQ(graph.values.size(), 3U);
  EXPECT_EQ(graph[graph.inputs[0]].name, "a");
  EXPECT_EQ(graph[graph.outputs[0]].name, "second");
  EXPECT_THAT(graph.nodes[0].inputs, ElementsAre(0, kNoValue));
}

TEST(Graph, a_message_names_a_node_by_number_name_and_operator) {
  EXPECT_EQ(describe(chain(), 1), "node 1 'second' (SUM_OF)");
}

TEST(Graph, copies_share_constants_until_they_change) {
  Graph graph = chain();
  graph.values[0].constant = make_constant(std::vector<float>{1, 2});
  Graph copy = graph;
  EXPECT_EQ(copy.values[0].constant, graph.values[0].constant);
  copy.values[0].constant = make_constant(std::vector<float>{3, 4});
  EXPECT_THAT(graph.values[0].values<float>(), ElementsAre(1, 2));
}

}  // namespace
}  // namespace mirim
