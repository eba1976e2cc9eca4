#include "mirim/exec/held_factors.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <vector>

#include "mirim/base/error.hpp"
#include "mirim/exec/training_plan.hpp"
#include "mirim/graph/text.hpp"
#include "mirim/ops/all.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::FloatEq;

/// A code of two elements of two numbers, and an answer of the code.
Graph network() {
  return parse_graph(
      "graph \"\" (%x: float32[1x2]) -> (%y) {\n"
      "  %w: float32[2x2] = [1, 0.5, -1, 2]\n"
      "  %v: float32[1x2] = [0.25, -0.75]\n"
      "  %code: float32[1x2] = FULLY_CONNECTED(%x, %w)\n"
      "  %y: float32[1x1] = FULLY_CONNECTED(%code, %v)\n}",
      all_operators());
}

ValueId code_of(const Graph& graph) { return graph.nodes[0].outputs[0]; }

TrainingPlan plan_of(const Graph& graph, bool plain) {
  TrainingPlan plan(graph, {.batch = 3,
                            .loss = {.kind = Loss::Kind::mean_squared_error},
                            .plain = plain,
                            .keep_gradients = true,
                            .factors = code_of(graph)});
  std::ranges::copy(std::vector<float>{1, 0, 0, 1, 2, -1}, plan.input(0).begin());
  std::ranges::copy(std::vector<float>{0, 0, 0}, plan.targets().begin());
  return plan;
}

// The codes are (1, -1), (0.5, 2), (1.5, -4); the means 1 and -1.
TEST(HeldFactors, that_do_not_vary_are_read_as_their_mean) {
  for (const bool plain : {true, false}) {
    TrainingPlan plan = plan_of(network(), plain);
    ASSERT_EQ(plan.varying().size(), 2U);
    std::ranges::copy(std::vector<float>{0, 1}, plan.varying().begin());
    plan.step(0);
    EXPECT_THAT(plan.output(), ElementsAre(FloatEq(1.0F), FloatEq(-1.25F), FloatEq(3.25F)));
    std::ranges::copy(std::vector<float>{1, 0}, plan.varying().begin());
    plan.step(0);
    EXPECT_THAT(plan.output(), ElementsAre(FloatEq(1.0F), FloatEq(0.875F), FloatEq(1.125F)));
  }
}

TEST(HeldFactors, are_as_they_are_outside_of_training) {
  TrainingPlan plan = plan_of(network(), false);
  std::ranges::fill(plan.varying(), 0.0F);
  plan.evaluate(3);
  EXPECT_THAT(plan.output(), ElementsAre(FloatEq(1.0F), FloatEq(-1.375F), FloatEq(3.375F)));
}

TEST(HeldFactors, gradients_are_the_slopes_of_the_loss) {
  const Graph graph = network();
  const ValueId w = graph.nodes[0].inputs[1];
  const auto loss_at = [&](std::size_t at, float change, std::vector<float>* gradient) {
    Graph moved = graph;
    std::vector<float> weights(moved[w].values<float>().begin(), moved[w].values<float>().end());
    weights[at] += change;
    moved[w].constant = make_constant(weights);
    TrainingPlan plan = plan_of(moved, true);
    std::ranges::copy(std::vector<float>{0, 1}, plan.varying().begin());
    const float loss = plan.step(0);
    if (gradient) *gradient = plan.gradient(w);
    return static_cast<double>(loss);
  };
  std::vector<float> gradient;
  loss_at(0, 0, &gradient);
  constexpr float kStep = 1.0F / 64;
  for (std::size_t at = 0; at < 4; ++at) {
    const double slope = (loss_at(at, kStep, nullptr) - loss_at(at, -kStep, nullptr)) / (2.0 * kStep);
    EXPECT_NEAR(static_cast<double>(gradient[at]), slope, 2e-3) << at;
  }
}

TEST(HeldFactors, are_of_a_row_of_numbers) {
  const Graph images = parse_graph(
      "graph \"\" (%x: float32[1x2x2x1]) -> (%y) {\n"
      "  %w: float32[1x1x1x1] = [2]\n"
      "  %y: float32[1x2x2x1] = CONV_2D(%x, %w)\n}",
      all_operators());
  EXPECT_THROW(TrainingPlan(images, {.batch = 2, .factors = images.outputs[0]}), Error);
}

}  // namespace
}  // namespace mirim
