#include "mirim/passes/store_calls.hpp"

#include <gmock/gmock.h>

#include "mirim/exec/interpreter.hpp"
#include "mirim/graph/scopes.hpp"
#include "mirim/graph/text.hpp"
#include "mirim/graph/verify.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/passes/resolve_variables.hpp"
#include "mirim/passes/store_variables.hpp"
#include "tests/count_nodes.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Model model_of(const char* text) {
  Model model;
  model.graphs.push_back(parse_graph(text, all_operators()));
  EXPECT_THAT(verify(model.main()), IsEmpty());
  return model;
}

// The outputs of two runs.
std::vector<std::vector<float>> answers(const Graph& graph, const std::vector<std::vector<float>>& inputs) {
  Interpreter interpreter(graph);
  std::vector<std::vector<float>> all;
  for (int run = 0; run < 2; ++run) {
    for (std::size_t i = 0; i < inputs.size(); ++i) interpreter.set_input(static_cast<int>(i), bytes_of(inputs[i]));
    interpreter.run();
    for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
      const auto y = interpreter.output(static_cast<int>(i)).as<float>();
      all.emplace_back(y.begin(), y.end());
    }
  }
  return all;
}

// Stored and resolved again, the model answers as before.
Model expect_the_same(const char* text, const std::vector<std::vector<float>>& inputs) {
  Model model = model_of(text);
  const auto expected = answers(model.main(), inputs);
  store_calls(model);
  store_variables(model);
  EXPECT_THAT(verify(model), IsEmpty());
  for (const Graph& graph : model.graphs) {
    EXPECT_TRUE(std::ranges::none_of(graph.nodes, [](const Node& node) { return is_marker(node.op); }));
  }
  EXPECT_EQ(answers(resolve_variables(model), inputs), expected);
  return model;
}

TEST(StoreCalls, a_loop_becomes_a_while) {
  const Model model = expect_the_same(R"(graph "" (%x: float32[2], %step: float32[2]) -> (%y) {
  variable %i: int32[scalar]
  variable %a: float32[2]
  %zero: int32[scalar] = [0]
  %one: int32[scalar] = [1]
  %five: int32[scalar] = [5]
  ASSIGN_VARIABLE(%i, %zero)
  ASSIGN_VARIABLE(%a, %x)
  LOOP() @"rounds"
  %more: bool[scalar] = LESS(%i, %five)
  LOOP_WHILE(%more)
  %next: float32[2] = ADD(%a, %step)
  %j: int32[scalar] = ADD(%i, %one)
  ASSIGN_VARIABLE(%a, %next)
  ASSIGN_VARIABLE(%i, %j)
  LOOP_END()
  %y: float32[2] = NEG(%a)
})",
                                      {{1, 2}, {10, 20}});
  EXPECT_EQ(model.graphs.size(), 3U);
  EXPECT_EQ(test::count_nodes(model.main(), "WHILE"), 1);
  EXPECT_EQ(model.graphs[1].nodes.size(), 1U) << "the condition";
  EXPECT_EQ(model.graphs[2].nodes.size(), 2U) << "the body, without the condition";
  EXPECT_EQ(model.graphs[2].inputs.size(), 3U) << "a, i, and the step that it reads";
}

TEST(StoreCalls, a_branch_in_a_loop_and_the_other_way_round) {
  const Model model = expect_the_same(R"(graph "" (%x: float32[1], %flag: float32[1]) -> (%twice, %result) {
  variable %i: int32[scalar]
  variable %a: float32[1]
  variable %b: float32[1]
  variable %c: float32[1]
  %zero: int32[scalar] = [0]
  %one: int32[scalar] = [1]
  %five: int32[scalar] = [5]
  %half: float32[1] = [0.5]
  %is_large: bool[1] = GREATER(%flag, %half)
  ASSIGN_VARIABLE(%c, %half)
  BRANCH(%is_large)
  ASSIGN_VARIABLE(%i, %zero)
  ASSIGN_VARIABLE(%a, %x)
  LOOP()
  %more: bool[scalar] = LESS(%i, %five)
  LOOP_WHILE(%more)
  %is_small: bool[1] = LESS(%a, %flag)
  BRANCH(%is_small)
  %up: float32[1] = ADD(%a, %half)
  ASSIGN_VARIABLE(%b, %up)
  BRANCH_ELSE()
  %down: float32[1] = MUL(%a, %half)
  ASSIGN_VARIABLE(%b, %down)
  ASSIGN_VARIABLE(%c, %a)
  BRANCH_END()
  ASSIGN_VARIABLE(%a, %b)
  %j: int32[scalar] = ADD(%i, %one)
  ASSIGN_VARIABLE(%i, %j)
  LOOP_END()
  BRANCH_ELSE()
  ASSIGN_VARIABLE(%a, %flag)
  BRANCH_END()
  %twice: float32[1] = ADD(%a, %c)
  %result: float32[1] = READ_VARIABLE(%a)
})",
                                      {{0.75F}, {1.5F}});
  EXPECT_EQ(test::count_nodes(model.main(), "IF"), 1);
  EXPECT_EQ(model.main().outputs.size(), 2U);
  EXPECT_EQ(model.main()[model.main().outputs[1]].name, "result");
}

TEST(StoreCalls, variables_that_change_places_do_so_at_once) {
  expect_the_same(R"(graph "" (%x: float32[1], %y: float32[1]) -> (%p, %q) {
  variable %i: int32[scalar]
  variable %a: float32[1]
  variable %b: float32[1]
  %zero: int32[scalar] = [0]
  %one: int32[scalar] = [1]
  %three: int32[scalar] = [3]
  ASSIGN_VARIABLE(%i, %zero)
  ASSIGN_VARIABLE(%a, %x)
  ASSIGN_VARIABLE(%b, %y)
  LOOP()
  %more: bool[scalar] = LESS(%i, %three)
  LOOP_WHILE(%more)
  %old: float32[1] = READ_VARIABLE(%a)
  ASSIGN_VARIABLE(%a, %b)
  ASSIGN_VARIABLE(%b, %old)
  %j: int32[scalar] = ADD(%i, %one)
  ASSIGN_VARIABLE(%i, %j)
  LOOP_END()
  %p: float32[1] = READ_VARIABLE(%a)
  %q: float32[1] = READ_VARIABLE(%b)
})",
                  {{1}, {2}});
}

TEST(StoreCalls, what_is_kept_from_run_to_run_is_a_resource) {
  const Model model = expect_the_same(R"(graph "" (%x: float32[1]) -> (%y) {
  variable %i: int32[scalar]
  variable %total: float32[1]
  %zero: int32[scalar] = [0]
  %one: int32[scalar] = [1]
  %three: int32[scalar] = [3]
  ASSIGN_VARIABLE(%i, %zero)
  LOOP()
  %more: bool[scalar] = LESS(%i, %three)
  LOOP_WHILE(%more)
  %sum: float32[1] = ADD(%total, %x)
  ASSIGN_VARIABLE(%total, %sum)
  %j: int32[scalar] = ADD(%i, %one)
  ASSIGN_VARIABLE(%i, %j)
  LOOP_END()
  %y: float32[1] = NEG(%total)
})",
                                      {{2}});
  EXPECT_EQ(test::count_nodes(model.main(), "VAR_HANDLE"), 1);
  EXPECT_EQ(test::count_nodes(model.main(), "READ_VARIABLE"), 1);
  EXPECT_EQ(test::count_nodes(model.main(), "ASSIGN_VARIABLE"), 1);
}

constexpr const char* kRnn = R"(graph "" (%x: float32[1x2x1]) -> (%y) {
  variable %h: float32[1x1]
  %first: float32[1x1] = [FIRST]
  %w: float32[1x1] = [0.5]
  %b: float32[1] = [0.25]
  ASSIGN_VARIABLE(%h, %first)
  %y: float32[1x2x1] = UNIDIRECTIONAL_SEQUENCE_RNN(%x, %w, %w, %b, %h) {fused_activation_function=TANH} @"rnn"
})";
std::string rnn_from(const char* first) {
  return std::string(kRnn).replace(std::string_view(kRnn).find("FIRST"), 5, first);
}

TEST(LeaveOutResets, tells_whose_state_is_kept_then) {
  Graph graph = model_of(rnn_from("0").c_str()).main();
  EXPECT_THAT(leave_out_resets(graph), ElementsAre("rnn"));
  EXPECT_EQ(test::count_nodes(graph, "ASSIGN_VARIABLE"), 0);
  EXPECT_THAT(verify(graph), IsEmpty());
  Graph other = model_of(rnn_from("0.5").c_str()).main();
  EXPECT_THAT(leave_out_resets(other), IsEmpty());
  EXPECT_EQ(test::count_nodes(other, "ASSIGN_VARIABLE"), 1);
}

TEST(StoreCalls, a_model_without_loops_stays) {
  const char* text = R"(graph "" (%x: float32[1]) -> (%y) {
  variable %total: float32[1]
  %y: float32[1] = ADD(%total, %x)
  ASSIGN_VARIABLE(%total, %y)
})";
  Model model = model_of(text);
  const std::string before = to_text(model.main());
  store_calls(model);
  EXPECT_EQ(to_text(model.main()), before);
}

}  // namespace
}  // namespace mirim
