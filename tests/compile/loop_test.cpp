// Loops and branches (mirim/graph/scopes.hpp) in a plan and in the program.
#include <gmock/gmock.h>

#include "mirim/base/file.hpp"
#include "mirim/compile/compile.hpp"
#include "mirim/compile/cost.hpp"
#include "mirim/compile/runner.hpp"
#include "mirim/graph/scopes.hpp"
#include "mirim/machine/process.hpp"
#include "tests/compile/graphs.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Five rounds of (a, b) -> (b, a + b), in int32.
constexpr const char* kFibonacci = R"(
graph "fibonacci" (%x: int32[3], %y: int32[3]) -> (%result) {
  variable %i: int32[scalar]
  variable %a: int32[3]
  variable %b: int32[3]
  %zero: int32[scalar] = [0]
  %one: int32[scalar] = [1]
  %last: int32[scalar] = [5]
  ASSIGN_VARIABLE(%i, %zero)
  ASSIGN_VARIABLE(%a, %x)
  ASSIGN_VARIABLE(%b, %y)
  LOOP()
  %more: bool[scalar] = LESS(%i, %last)
  LOOP_WHILE(%more)
  %next: int32[scalar] = ADD(%i, %one)
  %sum: int32[3] = ADD(%a, %b)
  %before: int32[3] = READ_VARIABLE(%b)
  ASSIGN_VARIABLE(%i, %next)
  ASSIGN_VARIABLE(%a, %before)
  ASSIGN_VARIABLE(%b, %sum)
  LOOP_END()
  %result: int32[3] = ADD(%a, %b)
})";

// What is bigger, doubled; y is read behind both branches and in one of them.
constexpr const char* kBranch = R"(
graph "branch" (%x: int32[3], %y: int32[3]) -> (%result, %either) {
  variable %out: int32[3]
  %axis: int32[1] = [0]
  %sum_x: int32[scalar] = SUM(%x, %axis)
  %sum_y: int32[scalar] = SUM(%y, %axis)
  %bigger: bool[scalar] = GREATER(%sum_x, %sum_y)
  BRANCH(%bigger)
  %twice: int32[3] = ADD(%x, %x)
  ASSIGN_VARIABLE(%out, %twice)
  BRANCH_ELSE()
  ASSIGN_VARIABLE(%out, %y)
  BRANCH_END()
  %either: int32[3] = READ_VARIABLE(%out)
  %result: int32[3] = SUB(%out, %y)
})";

void expect_the_interpreters_answers(const char* text) {
  const Graph graph = test::parse(text);
  Bytes samples = test::random_samples(graph, 6, 1);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (i % 4 != 0) samples[i] = std::byte{0};  // small numbers: their sums fit
  }
  const TemporaryFolder folder;
  write_temporary_artifact(folder.path(), compile(graph, {.target = "host"}));
  EXPECT_EQ(run_firmware(folder.path(), samples).answers, test::interpret(graph, samples));
}

TEST(CompiledLoops, give_the_interpreters_answers) { expect_the_interpreters_answers(kFibonacci); }
TEST(CompiledLoops, branches_give_the_interpreters_answers) { expect_the_interpreters_answers(kBranch); }

// What the condition and the body make alike is made once, before the loop is left: not in the variable's place.
constexpr const char* kLeftAtOnce = R"(
graph "left at once" (%x: int32[3]) -> (%result) {
  variable %v: int32[3]
  %axis: int32[1] = [0]
  %limit: int32[scalar] = [-2000]
  ASSIGN_VARIABLE(%v, %x)
  LOOP()
  %square: int32[3] = MUL(%v, %v)
  %sum: int32[scalar] = SUM(%square, %axis)
  %more: bool[scalar] = LESS(%sum, %limit)
  LOOP_WHILE(%more)
  ASSIGN_VARIABLE(%v, %square)
  LOOP_END()
  %result: int32[3] = ADD(%v, %v)
})";

// t is read by another name after the variable that it could be made in is set again.
constexpr const char* kSetTwice = R"(
graph "set twice" (%x: int32[2x3]) -> (%late, %total) {
  variable %v: int32[2x3]
  %shape: int32[1] = [6]
  %before: int32[2x3] = READ_VARIABLE(%v)
  %t: int32[2x3] = ADD(%before, %x)
  %other_name: int32[6] = RESHAPE(%t, %shape)
  ASSIGN_VARIABLE(%v, %t)
  %y: int32[2x3] = SUB(%x, %before)
  ASSIGN_VARIABLE(%v, %y)
  %late: int32[6] = MUL(%other_name, %other_name)
  %total: int32[2x3] = READ_VARIABLE(%v)
})";

constexpr const char* kAlwaysTrue = R"(
graph "always true" (%x: int32[3]) -> (%result) {
  variable %out: int32[3]
  %true: bool[1] = bytes(0x01)
  BRANCH(%true)
  %twice: int32[3] = ADD(%x, %x)
  ASSIGN_VARIABLE(%out, %twice)
  BRANCH_ELSE()
  ASSIGN_VARIABLE(%out, %x)
  BRANCH_END()
  %result: int32[3] = ADD(%out, %x)
})";

TEST(CompiledLoops, a_variable_is_not_lost_when_its_loop_is_left) { expect_the_interpreters_answers(kLeftAtOnce); }
TEST(CompiledLoops, what_is_still_read_keeps_its_place) { expect_the_interpreters_answers(kSetTwice); }
TEST(CompiledLoops, a_condition_may_be_a_constant) { expect_the_interpreters_answers(kAlwaysTrue); }

// A chain makes the mean of rows as they come, and places it itself. The peak is elsewhere, so nothing comes in
// between.
TEST(CompiledLoops, what_a_chain_makes_may_be_assigned) {
  const Graph graph = test::parse(R"(
graph "pooled" (%x: int8[1x16x16x4]{scale=0.5, zero_point=7}) -> (%before, %large) {
  variable %v: int8[1x4]{scale=0.5, zero_point=0}
  %w: int8[4x3x3x4]{scale=0.01, zero_point=0} = random(1)
  %axes: int32[2] = [1, 2]
  %twice: int32[4] = [1, 2, 2, 1]
  %before: int8[1x4]{scale=0.5, zero_point=0} = READ_VARIABLE(%v)
  %y: int8[1x16x16x4]{scale=0.5, zero_point=-9} = CONV_2D(%x, %w, _) {padding=SAME, stride_h=1, stride_w=1}
  %m: int8[1x4]{scale=0.5, zero_point=0} = MEAN(%y, %axes)
  ASSIGN_VARIABLE(%v, %m)
  %large: int8[1x32x32x4]{scale=0.5, zero_point=7} = TILE(%x, %twice)
})");
  const Plan plan = make_plan(graph, {.target = "cortex-m3", .optimize = Optimize::ram});
  EXPECT_TRUE(std::ranges::any_of(plan.steps, [](const Step& step) { return step.band.taken; }));
  const Bytes samples = test::random_samples(graph, 3, 1);
  EXPECT_EQ(test::run_plan(plan, samples), test::interpret(graph, samples));
}

TEST(CompiledLoops, no_node_leaves_its_loop) {
  const Plan plan = make_plan(test::parse(kFibonacci));
  const Scopes scopes = find_scopes(plan.graph);
  std::vector<int> order;
  for (const Step& step : plan.steps) order.push_back(step.node);
  const auto place = [&](int node) { return std::ranges::find(order, node) - order.begin(); };
  for (std::size_t n = 0; n < plan.graph.nodes.size(); ++n) {
    const bool inside = scopes.of[n] == 1;
    const auto at = place(static_cast<int>(n));
    EXPECT_EQ(inside, at >= place(scopes.list[1].begin) && at <= place(scopes.list[1].end)) << n;
  }
}

// a and b live through the loop, nothing is kept from run to run, and the counter is counted in its place.
TEST(CompiledLoops, what_goes_round_lives_as_long_as_the_loop) {
  const Plan plan = make_plan(test::parse(kFibonacci));
  EXPECT_THAT(plan.states, IsEmpty());
  const auto value = [&](std::string_view name) {
    return static_cast<std::size_t>(std::ranges::find(plan.graph.values, name, &Value::name) -
                                    plan.graph.values.begin());
  };
  const auto buffer = [&](std::string_view name) {
    return plan.buffers[static_cast<std::size_t>(plan.buffer_of[value(name)])];
  };
  int end = -1;
  for (std::size_t s = 0; s < plan.steps.size(); ++s) {
    if (plan.graph.nodes[static_cast<std::size_t>(plan.steps[s].node)].op.is<LoopEnd>()) end = static_cast<int>(s);
  }
  for (const char* name : {"a", "b", "i"}) EXPECT_GE(buffer(name).last, end) << name;
  EXPECT_EQ(plan.buffer_of[value("next")], plan.buffer_of[value("i")]);
  // The old b is read after the sum was made, so that has a place of its own.
  EXPECT_NE(plan.buffer_of[value("sum")], plan.buffer_of[value("b")]);
}

TEST(CompiledLoops, the_program_leaves_a_loop_that_has_no_end) {
  Graph graph = test::parse(kFibonacci);
  for (Node& node : graph.nodes) {
    if (auto* loop = node.op.as<Loop>()) loop->most_rounds = 2;
  }
  const TemporaryFolder folder;
  write_temporary_artifact(folder.path(), compile(graph, {.target = "host"}));
  const std::vector<std::int32_t> sample{0, 0, 0, 1, 1, 1};  // 0 1 | 1 1 | 1 2 -> 3
  const Bytes answers = run_firmware(folder.path(), bytes_of(sample)).answers;
  std::vector<std::int32_t> numbers(3);
  std::memcpy(numbers.data(), answers.data(), answers.size());
  EXPECT_THAT(numbers, ElementsAre(3, 3, 3));
}

TEST(CompiledLoops, cost_counts_all_rounds) {
  const ModelCost costs = count(test::parse(kFibonacci));
  EXPECT_EQ(costs.operations, 5 * (1 + 1 + 3) + 3);
}

TEST(CompiledLoops, cost_says_that_rounds_depend_on_the_input) {
  const ModelCost costs = count(test::parse(R"(
graph "" (%n: int32[scalar]) -> (%n) {
  variable %i: int32[scalar]
  %one: int32[scalar] = [1]
  ASSIGN_VARIABLE(%i, %one)
  LOOP()
  %more: bool[scalar] = LESS(%i, %n)
  LOOP_WHILE(%more)
  %next: int32[scalar] = ADD(%i, %one)
  ASSIGN_VARIABLE(%i, %next)
  LOOP_END()
})"));
  EXPECT_THAT(costs.not_counted, HasSubstr("depend on the input: its layers are counted once"));
  EXPECT_EQ(costs.operations, 2);
}

}  // namespace
}  // namespace mirim
