#include "mirim/passes/resolve_calls.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/graph/scopes.hpp"
#include "mirim/graph/text.hpp"
#include "mirim/graph/verify.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/passes/loop_rounds.hpp"
#include "mirim/passes/macs_of.hpp"
#include "mirim/passes/resolve_variables.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;
using testing::ThrowsMessage;

Model model_of(std::initializer_list<const char*> graphs) {
  Model model;
  for (const char* text : graphs) model.graphs.push_back(parse_graph(text, all_operators()));
  return model;
}

std::vector<float> run(const Graph& graph, const std::vector<std::vector<float>>& x) {
  Interpreter interpreter(graph);
  for (std::size_t i = 0; i < x.size(); ++i) interpreter.set_input(static_cast<int>(i), bytes_of(x[i]));
  interpreter.run();
  const auto y = interpreter.output(0).as<float>();
  return {y.begin(), y.end()};
}

// Fibonacci's numbers, five rounds: (a, b) becomes (b, a + b).
constexpr const char* kLoop = R"(graph "main" (%a: float32[2], %b: float32[2]) -> (%y) {
  %first: int32[scalar] = [0]
  %count: int32[scalar], %y: float32[2], %after: float32[2] = WHILE(%first, %a, %b) {cond_subgraph_index=1, body_subgraph_index=2}
})";
constexpr const char* kCondition = R"(graph "condition" (%i: int32[scalar], %a: float32[2], %b: float32[2]) -> (%c) {
  %last: int32[scalar] = [5]
  %c: bool[scalar] = LESS(%i, %last)
})";
constexpr const char* kBody = R"(graph "body" (%i: int32[scalar], %a: float32[2], %b: float32[2]) -> (%j, %b, %s) {
  %one: int32[scalar] = [1]
  %j: int32[scalar] = ADD(%i, %one)
  %s: float32[2] = ADD(%a, %b)
})";

TEST(ResolveCalls, a_loop_runs_as_long_as_its_condition_holds) {
  const Model model = model_of({kLoop, kCondition, kBody});
  EXPECT_THAT(verify(model), IsEmpty());
  const Graph graph = resolve_calls(model, 0);
  EXPECT_THAT(verify(graph), IsEmpty());
  Interpreter interpreter(graph);
  EXPECT_THAT(run(graph, {{0, 1}, {1, 1}}), ElementsAre(5, 8));
}

TEST(ResolveCalls, a_second_run_begins_anew) {
  Interpreter interpreter(resolve_calls(model_of({kLoop, kCondition, kBody}), 0));
  for (int time = 0; time < 2; ++time) {
    interpreter.set_input(0, bytes_of(std::vector<float>{0, 1}));
    interpreter.set_input(1, bytes_of(std::vector<float>{1, 1}));
    interpreter.run();
    EXPECT_THAT(interpreter.output(0).as<float>(), ElementsAre(5, 8));
  }
}

TEST(ResolveCalls, ids_of_the_graph_stay) {
  const Model model = model_of({kLoop, kCondition, kBody});
  const Graph graph = resolve_calls(model, 0);
  EXPECT_EQ(graph.inputs, model.main().inputs);
  EXPECT_EQ(graph.outputs, model.main().outputs);
}

TEST(ResolveCalls, what_a_loop_hands_on_is_the_value_itself) {
  const Graph graph =
      resolve_calls(model_of({R"(graph "" (%x: float32[1x2]) -> (%y) {
  %first: int32[scalar] = [0]
  %w: float32[2x2] = [1, 2, 3, 4]
  %count: int32[scalar], %y: float32[1x2], %same: float32[2x2] = WHILE(%first, %x, %w) {cond_subgraph_index=1, body_subgraph_index=2}
})",
                              R"(graph "" (%i: int32[scalar], %x: float32[1x2], %w: float32[2x2]) -> (%c) {
  %last: int32[scalar] = [2]
  %c: bool[scalar] = LESS(%i, %last)
})",
                              R"(graph "" (%i: int32[scalar], %x: float32[1x2], %w: float32[2x2]) -> (%j, %y, %w) {
  %one: int32[scalar] = [1]
  %j: int32[scalar] = ADD(%i, %one)
  %y: float32[1x2] = FULLY_CONNECTED(%x, %w, _)
})"}),
                    0);
  for (const Node& node : graph.nodes) {
    if (node.op.name() != "FULLY_CONNECTED") continue;
    EXPECT_TRUE(graph[node.inputs[1]].is_constant());
  }
  EXPECT_EQ(macs_of(graph), 8);  // two rounds of four
  EXPECT_THAT(run(graph, {{1, 1}}), ElementsAre(17, 37));
}

constexpr const char* kChoice = R"(graph "main" (%c: bool[1], %x: float32[2]) -> (%y) {
  %y: float32[2] = IF(%c, %x) {then_subgraph_index=1, else_subgraph_index=2}
})";
constexpr const char* kTwice = R"(graph "twice" (%x: float32[2]) -> (%y) {
  %y: float32[2] = ADD(%x, %x)
})";
constexpr const char* kAsItIs = R"(graph "as it is" (%x: float32[2]) -> (%x) {
})";

TEST(ResolveCalls, one_of_two_branches_runs) {
  const Graph graph = resolve_calls(model_of({kChoice, kTwice, kAsItIs}), 0);
  EXPECT_THAT(verify(graph), IsEmpty());
  Interpreter interpreter(graph);
  for (const bool condition : {true, false}) {
    interpreter.set_input(0, std::as_bytes(std::span(&condition, 1)));
    interpreter.set_input(1, bytes_of(std::vector<float>{3, 4}));
    interpreter.run();
    const std::vector<float> expected = condition ? std::vector<float>{6, 8} : std::vector<float>{3, 4};
    EXPECT_THAT(interpreter.output(0).as<float>(), ElementsAreArray(expected));
  }
}

TEST(ResolveCalls, branches_of_different_shapes_are_refused) {
  const Model model = model_of({kChoice, kTwice, R"(graph "" (%x: float32[2]) -> (%y) {
  %shape: int32[2] = [1, 2]
  %y: float32[1x2] = RESHAPE(%x, %shape)
})"});
  EXPECT_THAT([&] { resolve_calls(model, 0); },
              ThrowsMessage<Error>(HasSubstr("'y' is float32[2] and then float32[1x2]")));
}

TEST(ResolveCalls, a_value_that_grows_in_a_loop_is_refused) {
  const Model model =
      model_of({kLoop, kCondition, R"(graph "" (%i: int32[scalar], %a: float32[2], %b: float32[2]) -> (%j, %s, %b) {
  %one: int32[scalar] = [1]
  %j: int32[scalar] = ADD(%i, %one)
  %s: float32[4] = CONCATENATION(%a, %b) {axis=0}
})"});
  EXPECT_THAT([&] { resolve_calls(model, 0); },
              ThrowsMessage<Error>(HasSubstr("'a' is float32[2] and then float32[4]")));
}

TEST(ResolveCalls, a_loop_without_an_end_is_stopped) {
  const Graph graph = resolve_calls(
      model_of({kLoop, kCondition, R"(graph "" (%i: int32[scalar], %a: float32[2], %b: float32[2]) -> (%i, %s, %b) {
  %s: float32[2] = ADD(%a, %b)
})"}),
      0, 1000);
  Interpreter interpreter(graph);
  EXPECT_THAT([&] { interpreter.run(); },
              ThrowsMessage<Error>(HasSubstr("1,000 rounds and no end; if it needs more, raise the limit")));
}

TEST(ResolveCalls, the_limit_of_rounds_may_be_reached) {
  const Model model = model_of({kLoop, kCondition, kBody});
  EXPECT_THAT(run(resolve_calls(model, 0, 5), {{0, 1}, {1, 1}}), ElementsAre(5, 8));
  EXPECT_THROW(run(resolve_calls(model, 0, 4), {{0, 1}, {1, 1}}), Error);
}

TEST(ResolveCalls, a_graph_with_another_number_of_operands_is_refused) {
  EXPECT_THAT(
      [] {
        resolve_calls(model_of({kLoop, kCondition, kTwice}), 0);
      },
      ThrowsMessage<Error>(HasSubstr("graph 2 takes 1 values and gives 1, expected 3 and 3")));
  EXPECT_THAT(
      [] {
        resolve_calls(model_of({kLoop, kCondition}), 0);
      },
      ThrowsMessage<Error>(HasSubstr("runs graph 2, there are 2")));
}

TEST(ResolveCalls, graphs_that_call_each_other_are_refused) {
  const Model model = model_of({kChoice, R"(graph "" (%x: float32[2]) -> (%y) {
  %c: bool[1] = bytes(0x01)
  %y: float32[2] = IF(%c, %x) {then_subgraph_index=1, else_subgraph_index=2}
})",
                                kAsItIs});
  EXPECT_THAT([&] { resolve_calls(model, 0); }, ThrowsMessage<Error>(HasSubstr("graph 1 runs itself")));
}

// A file of little more than a kilobyte that calls 2^40 graphs.
TEST(ResolveCalls, graphs_that_call_ever_more_graphs_are_refused) {
  Model model = model_of({kChoice});
  for (int g = 1; g < 40; ++g) {
    model.graphs.push_back(parse_graph(fmt::format(R"(graph "" (%x: float32[2]) -> (%y) {{
  %c: bool[1] = bytes(0x01)
  %y: float32[2] = IF(%c, %x) {{then_subgraph_index={0}, else_subgraph_index={0}}}
}})",
                                                   g + 1),
                                       all_operators()));
  }
  model.graphs.push_back(parse_graph(kAsItIs, all_operators()));
  model.main().nodes[0].op = model.graphs[1].nodes[0].op;
  EXPECT_THAT([&] { resolve_calls(model, 0); }, ThrowsMessage<Error>(HasSubstr("nodes in all")));
}

TEST(LoopRounds, are_counted_where_they_depend_on_constants_alone) {
  const Graph graph = resolve_calls(model_of({kLoop, kCondition, kBody}), 0);
  const auto runs = runs_of_nodes(graph);
  EXPECT_THAT(runs.front(), Optional(1));
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    if (graph.nodes[n].op.name() != "ADD") continue;
    EXPECT_THAT(runs[n], Optional(5));
  }
}

TEST(LoopRounds, are_unknown_where_they_depend_on_the_input) {
  const Graph graph = resolve_calls(model_of({R"(graph "" (%i: int32[scalar], %x: float32[2]) -> (%y) {
  %count: int32[scalar], %y: float32[2], %after: float32[2] = WHILE(%i, %x, %x) {cond_subgraph_index=1, body_subgraph_index=2}
})",
                                              kCondition, kBody}),
                                    0);
  const auto runs = runs_of_nodes(graph);
  // Of the loop: three markers, the condition, two nodes of the body, a copy and three assignments.
  EXPECT_EQ(std::ranges::count_if(runs, [](const auto& known) { return !known; }), 3 + 1 + 2 + 1 + 3);
}

TEST(Scopes, of_a_loop_in_a_branch) {
  const Graph graph = parse_graph(R"(graph "" (%c: bool[1]) -> () {
  BRANCH(%c)
  LOOP()
  LOOP_WHILE(%c)
  LOOP_END()
  BRANCH_ELSE()
  BRANCH_END()
})",
                                  all_operators());
  const Scopes scopes = find_scopes(graph);
  ASSERT_EQ(scopes.list.size(), 4U);
  EXPECT_THAT(scopes.of, ElementsAre(0, 2, 2, 2, 0, 0));
  EXPECT_TRUE(scopes.within(2, 1));
  EXPECT_FALSE(scopes.within(2, 3));
  EXPECT_TRUE(scopes.list[2].is_loop());
}

TEST(Scopes, markers_without_a_partner_are_refused) {
  for (const char* nodes : {"LOOP()", "LOOP_END()", "BRANCH(%c)", "BRANCH_ELSE()", "LOOP() LOOP_END()",
                            "BRANCH(%c) LOOP_WHILE(%c) BRANCH_ELSE() BRANCH_END()",
                            "BRANCH(%c) LOOP() LOOP_WHILE(%c) BRANCH_ELSE() LOOP_END() BRANCH_END()"}) {
    const Graph graph = parse_graph(fmt::format("graph \"\" (%c: bool[1]) -> () {{ {} }}", nodes), all_operators());
    EXPECT_THROW(find_scopes(graph), Error) << nodes;
    EXPECT_FALSE(verify(graph).empty()) << nodes;
  }
}

TEST(Scopes, what_is_made_in_a_branch_is_not_read_outside) {
  const Graph graph = parse_graph(R"(graph "" (%c: bool[1], %x: float32[2]) -> (%y) {
  BRANCH(%c)
  %y: float32[2] = ADD(%x, %x)
  BRANCH_ELSE()
  BRANCH_END()
})",
                                  all_operators());
  EXPECT_THAT([&] { find_scopes(graph); }, ThrowsMessage<Error>(HasSubstr("'y' is made in a loop or branch")));
}

TEST(Scopes, variables_that_each_run_sets_first) {
  const Graph graph = parse_graph(R"(graph "" (%c: bool[1], %x: float32[2]) -> (%both) {
  variable %both: float32[2]
  variable %one_side: float32[2]
  variable %in_loop: float32[2]
  variable %before: float32[2]
  ASSIGN_VARIABLE(%before, %x)
  BRANCH(%c)
  ASSIGN_VARIABLE(%both, %x)
  ASSIGN_VARIABLE(%one_side, %x)
  BRANCH_ELSE()
  ASSIGN_VARIABLE(%both, %before)
  BRANCH_END()
  %y: float32[2] = ADD(%both, %one_side)
  LOOP()
  LOOP_WHILE(%c)
  %z: float32[2] = ADD(%in_loop, %x)
  ASSIGN_VARIABLE(%in_loop, %y)
  LOOP_END()
})",
                                  all_operators());
  const std::vector<char> set = set_before_read(graph);
  for (std::size_t i = 0; i < graph.values.size(); ++i) {
    const std::string& name = graph.values[i].name;
    EXPECT_EQ(set[i] != 0, name == "both" || name == "before") << name;
  }
}

}  // namespace
}  // namespace mirim
