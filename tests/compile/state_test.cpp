// How a compiled program keeps its state.
#include <gmock/gmock.h>

#include "mirim/base/file.hpp"
#include "mirim/compile/compile.hpp"
#include "mirim/compile/runner.hpp"
#include "mirim/machine/process.hpp"
#include "tests/compile/graphs.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// The outputs are what the variables held before: one begins at its zero point, one with numbers of its own.
constexpr const char* kDelay = R"(
graph "delay" (%x: int8[1x2]{scale=0.5, zero_point=7}) -> (%a, %b) {
  variable %begins_at_7: int8[1x2]{scale=0.5, zero_point=7}
  variable %begins: int8[1x2]{scale=0.5, zero_point=7} = [3, -4]
  %a: int8[1x2]{scale=0.5, zero_point=7} = READ_VARIABLE(%begins_at_7)
  %b: int8[1x2]{scale=0.5, zero_point=7} = READ_VARIABLE(%begins)
  ASSIGN_VARIABLE(%begins_at_7, %x)
  ASSIGN_VARIABLE(%begins, %a)
})";

TEST(CompiledState, writers_and_readers_of_a_variable_stay_in_order) {
  const Plan plan = make_plan(test::parse(R"(
graph "order" (%x: int8[1x2]{scale=0.5, zero_point=7}) -> (%before, %after) {
  variable %s: int8[1x2]{scale=0.5, zero_point=7}
  %before: int8[1x2]{scale=0.5, zero_point=7} = READ_VARIABLE(%s)
  ASSIGN_VARIABLE(%s, %x)
  %after: int8[1x2]{scale=0.5, zero_point=7} = READ_VARIABLE(%s)
})"));
  std::vector<int> order;
  for (const Step& step : plan.steps) order.push_back(step.node);
  EXPECT_THAT(order, ElementsAre(0, 1, 2));
}

TEST(CompiledState, a_variable_keeps_its_bytes_for_the_whole_program) {
  const Plan plan = make_plan(test::parse(kDelay));
  const auto last = static_cast<int>(plan.steps.size());
  ASSERT_EQ(plan.states.size(), 2U);
  for (const State& state : plan.states) {
    const Buffer& buffer = plan.buffers[static_cast<std::size_t>(state.buffer)];
    EXPECT_EQ(buffer.first, -1);
    EXPECT_EQ(buffer.last, last);
  }
}

// A program of its own around the model, without a reset at the start: two runs, a reset, one more run.
TEST(CompiledState, the_first_run_needs_no_reset) {
  for (const bool reentrant : {false, true}) {
    const TemporaryFolder folder;
    write_temporary_artifact(folder.path(), compile(test::parse(kDelay), {.target = "host", .reentrant = reentrant}));
    std::string program = R"(
#include <stdio.h>
#include "model.h"
#if CONTEXT
static model_context context;
#define WITH &context,
#define ONLY &context
#else
#define WITH
#define ONLY
#endif
static void run(int x) {
  static_cast<signed char*>(model_input(WITH 0))[0] = static_cast<signed char>(x);
  static_cast<signed char*>(model_input(WITH 0))[1] = static_cast<signed char>(-x);
  model_run(ONLY);
  for (int i = 0; i < 2; ++i) {
    const signed char* y = static_cast<const signed char*>(model_output(WITH i));
    printf("%d %d ", y[0], y[1]);
  }
}
int main() {
  run(1);
  run(2);
  model_reset(ONLY);
  run(9);
}
)";
    write_temporary_file(folder.path() / "program.cpp",
                         "#define CONTEXT " + std::string(reentrant ? "1" : "0") + program);
    const ProcessResult built =
        run_process("g++", {"-std=c++17", "-I.", "program.cpp", "model.cpp", "-o", "program"}, folder.path());
    ASSERT_EQ(built.exit_code, 0) << built.output;
    EXPECT_EQ(run_process((folder.path() / "program").string(), {}, folder.path()).output,
              "7 7 3 -4 1 -1 7 7 7 7 3 -4 ");
  }
}

TEST(CompiledState, a_state_of_zeros_at_first_needs_no_note_of_it) {
  const Artifact artifact = compile(test::parse(R"(
graph "zeros" (%x: int8[1x2]{scale=0.5, zero_point=0}) -> (%y) {
  variable %s: int8[1x2]{scale=0.5, zero_point=0}
  %y: int8[1x2]{scale=0.5, zero_point=0} = READ_VARIABLE(%s)
  ASSIGN_VARIABLE(%s, %x)
})"));
  EXPECT_EQ(artifact.plan.ready, -1);
  for (const auto& file : artifact.files) {
    if (file.path != "model.cpp") continue;
    EXPECT_THAT(file.text, Not(HasSubstr("model_reset();")));
  }
}

TEST(CompiledState, a_variable_that_no_node_touches_can_be_an_output) {
  const Artifact artifact = compile(test::parse(R"(
graph "nothing" () -> (%s) {
  variable %s: int8[1x2]{scale=0.5, zero_point=0}
})"));
  ASSERT_EQ(artifact.plan.outputs.size(), 1U);
  EXPECT_EQ(artifact.plan.outputs[0].index, artifact.plan.states.at(0).buffer);
}

}  // namespace
}  // namespace mirim
