#include "mirim/passes/resolve_variables.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/graph/text.hpp"
#include "mirim/graph/verify.hpp"
#include "mirim/ops/all.hpp"

namespace mirim {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

Model model_of(std::initializer_list<const char*> graphs) {
  Model model;
  for (const char* text : graphs) model.graphs.push_back(parse_graph(text, all_operators()));
  return model;
}

// y = total += x, where graph 1 gives the total its first content.
constexpr const char* kMain = R"(graph "main" (%x: float32[2]) -> (%y) {
  CALL_ONCE() {init_subgraph_index=1}
  %h: resource[scalar] = VAR_HANDLE() {container="c", shared_name="total"}
  %before: float32[2] = READ_VARIABLE(%h)
  %y: float32[2] = ADD(%before, %x)
  ASSIGN_VARIABLE(%h, %y)
})";
constexpr const char* kFirst = R"(graph "first" () -> () {
  %a: float32[2] = [1, 2]
  %b: float32[2] = [10, 20]
  %h: resource[scalar] = VAR_HANDLE() {container="c", shared_name="total"}
  %sum: float32[2] = ADD(%a, %b)
  ASSIGN_VARIABLE(%h, %sum)
})";

std::vector<float> next(Interpreter& interpreter, const std::vector<float>& x) {
  interpreter.set_input(0, bytes_of(x));
  interpreter.run();
  const auto y = interpreter.output(0).as<float>();
  return {y.begin(), y.end()};
}

TEST(ResolveVariables, of_an_operator_that_takes_no_handle_verify_says_so) {
  const Graph graph = parse_graph(R"(graph "" () -> (%y) {
  %h: resource[1x2x2x4] = VAR_HANDLE() {shared_name="one"}
  %y: resource[1x4x4x1] = DEPTH_TO_SPACE(%h) {block_size=0}
})",
                                  all_operators());
  EXPECT_THAT(verify(graph), Contains(HasSubstr("DEPTH_TO_SPACE")));
}

TEST(ResolveVariables, begins_with_what_the_called_graph_assigns) {
  const Model model = model_of({kMain, kFirst});
  EXPECT_THAT(verify(model), IsEmpty());
  const Graph graph = resolve_variables(model);
  EXPECT_THAT(verify(graph), IsEmpty());
  Interpreter interpreter(graph);
  for (int time = 0; time < 2; ++time) {
    EXPECT_THAT(next(interpreter, {1, 1}), ElementsAre(12, 23));
    EXPECT_THAT(next(interpreter, {1, 1}), ElementsAre(13, 24));
    interpreter.reset();
  }
}

TEST(ResolveVariables, without_a_first_content_begins_with_zeros) {
  Model model = model_of({kMain});
  model.main().nodes.erase(model.main().nodes.begin());
  Interpreter interpreter(resolve_variables(model));
  EXPECT_THAT(next(interpreter, {1, 2}), ElementsAre(1, 2));
  EXPECT_THAT(next(interpreter, {1, 2}), ElementsAre(2, 4));
}

TEST(ResolveVariables, leaves_a_graph_without_them_as_it_is) {
  const Model model = model_of({R"(graph "" (%x: float32[2]) -> (%y) {
  %y: float32[2] = RELU(%x)
})"});
  EXPECT_EQ(to_text(resolve_variables(model)), to_text(model.main()));
}

TEST(ResolveVariables, handles_that_name_other_variables_are_other_variables) {
  const Graph graph = resolve_variables(model_of({R"(graph "" (%x: float32[1]) -> (%a, %b) {
  %h: resource[scalar] = VAR_HANDLE() {shared_name="one"}
  %i: resource[scalar] = VAR_HANDLE() {shared_name="two"}
  %j: resource[scalar] = VAR_HANDLE() {shared_name="one"}
  ASSIGN_VARIABLE(%h, %x)
  %a: float32[1] = READ_VARIABLE(%j)
  %b: float32[1] = READ_VARIABLE(%i)
})"}));
  Interpreter interpreter(graph);
  EXPECT_THAT(next(interpreter, {7}), ElementsAre(7));
  EXPECT_THAT(interpreter.output(1).as<float>(), ElementsAre(0));
}

TEST(ResolveVariables, refuses_graphs_that_run_themselves_and_types_that_differ) {
  constexpr const char* kItself = R"(graph "" () -> () {
  CALL_ONCE() {init_subgraph_index=1}
})";
  EXPECT_THAT(
      [&] {
        resolve_variables(model_of({kMain, kItself}));
      },
      ThrowsMessage<Error>(HasSubstr("graph 1 runs itself")));
  constexpr const char* kOther = R"(graph "" () -> () {
  %a: float32[3] = [1, 2, 3]
  %h: resource[scalar] = VAR_HANDLE() {container="c", shared_name="total"}
  ASSIGN_VARIABLE(%h, %a)
})";
  EXPECT_THAT(
      [&] {
        resolve_variables(model_of({kMain, kOther}));
      },
      ThrowsMessage<Error>(HasSubstr("the variable 'total' is float32[2] here and float32[3] elsewhere")));
}

// A delay by one sample has the sample that is still to come as its state, which no tensor of the file holds.
TEST(ResolveVariables, gives_an_operator_the_state_that_its_file_has_no_tensor_for) {
  const Model model = model_of({R"(graph "" (%x: int16[2]) -> (%y) {
  %y: int16[2] = SignalDelay(%x) {delay_length=1}
})"});
  const Graph graph = resolve_variables(model);
  ASSERT_EQ(graph.nodes[0].inputs.size(), 2U);
  const Value& state = graph[graph.nodes[0].inputs[1]];
  EXPECT_TRUE(state.variable);
  EXPECT_EQ(state.type, (TensorType{DType::int16, {1, 1}}));
  EXPECT_THAT(verify(graph), IsEmpty());
  Interpreter interpreter(graph);
  const auto next_samples = [&](const std::vector<std::int16_t>& x) {
    interpreter.set_input(0, bytes_of(x));
    interpreter.run();
    const auto y = interpreter.output(0).as<std::int16_t>();
    return std::vector<std::int16_t>(y.begin(), y.end());
  };
  EXPECT_THAT(next_samples({1, 2}), ElementsAre(0, 1));
  EXPECT_THAT(next_samples({3, 4}), ElementsAre(2, 3));
  interpreter.reset();
  EXPECT_THAT(next_samples({5, 6}), ElementsAre(0, 5));
  Model resolved = model;
  resolved.main() = graph;
  EXPECT_EQ(resolve_variables(resolved).nodes[0].inputs, graph.nodes[0].inputs) << "a second time";
}

}  // namespace
}  // namespace mirim
