#include "mirim/compile/chain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mirim/compile/compile.hpp"
#include "mirim/compile/place.hpp"
#include "tests/compile/graphs.hpp"

namespace mirim {
namespace {

using ::testing::Each;
using ::testing::Not;

int chained_steps(const Plan& plan) {
  int sum = 0;
  for (const Step& step : plan.steps) sum += step.chain >= 0;
  return sum;
}

TEST(Chain, random_networks_row_by_row_equal_the_interpreter_and_need_less) {
  int chains = 0, overlaid = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const std::string text = test::random_images(seed);
    SCOPED_TRACE(text);
    const Graph graph = test::parse(text);
    const Plan plan = make_plan(graph, {.optimize = Optimize::ram});
    const Plan whole = make_plan(graph, {.optimize = Optimize::speed});
    const Bytes samples = test::random_samples(graph, 2, seed + 2);
    ASSERT_EQ(test::run_plan(plan, samples), test::interpret(graph, samples));
    ASSERT_EQ(test::run_plan(whole, samples), test::interpret(graph, samples));
    ASSERT_LE(plan.peak_bytes, whole.peak_bytes);
    chains += chained_steps(plan) > 0;
    for (const Buffer& b : plan.buffers) overlaid += b.over >= 0;
  }
  EXPECT_GE(chains, 200);
  EXPECT_GE(overlaid, 100);
}

TEST(Chain, balanced_plans_equal_the_interpreter) {
  for (std::uint64_t seed = 1000; seed < 1100; ++seed) {
    const std::string text = test::random_images(seed);
    SCOPED_TRACE(text);
    const Graph graph = test::parse(text);
    const Bytes samples = test::random_samples(graph, 2, seed + 2);
    ASSERT_EQ(test::run_plan(make_plan(graph), samples), test::interpret(graph, samples));
  }
}

}  // namespace
}  // namespace mirim
