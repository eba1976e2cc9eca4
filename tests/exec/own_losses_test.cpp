#include "mirim/exec/own_losses.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/exec/training_plan.hpp"
#include "mirim/graph/text.hpp"
#include "mirim/ops/all.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

struct Result {
  float value;
  std::vector<float> gradient;
};
Result of(const LossTerm& term, const Shape& shape, const std::vector<float>& y) {
  Result result{.value = 0, .gradient = std::vector<float>(y.size())};
  result.value = loss_term(term, shape, y.data(), nullptr, result.gradient.data());
  EXPECT_EQ(result.value, loss_term(term, shape, y.data(), nullptr, nullptr));
  return result;
}

TEST(OwnLosses, the_divergence_from_the_normal_distribution_is_its_formula) {
  // N(1, 1) and N(0, 4) against N(0, 1): 1/2 and (4 - 1) / 2 - log 2 nats. One sample.
  const Result means = of({.kind = LossTerm::Kind::l2, .weight = 0.5F}, {1, 2}, {1, 0});
  const Result deviations = of({.kind = LossTerm::Kind::log_deviation}, {1, 2}, {0, std::log(2.0F)});
  EXPECT_NEAR(means.value, 0.5, 1e-6);
  EXPECT_NEAR(deviations.value, 1.5 - std::log(2.0), 1e-6);
  EXPECT_THAT(means.gradient, testing::ElementsAre(1, 0));
  EXPECT_NEAR(deviations.gradient[0], 0, 1e-6);
  EXPECT_NEAR(deviations.gradient[1], 3, 1e-5);
}

TEST(OwnLosses, sparsity_is_the_divergence_of_the_mean_activation_of_each_unit) {
  // Means over two samples 0.3 and 0.1; the second is at the rate. 0.1 log(1/3) + 0.9 log(9/7); its derivative
  // 9/7 - 1/3, half of it for each sample. All times the weight 2.
  const Result result =
      of({.kind = LossTerm::Kind::sparsity, .weight = 2, .rate = 0.1F}, {2, 2}, {0.2F, 0.1F, 0.4F, 0.1F});
  EXPECT_NEAR(result.value, 2 * (0.1 * std::log(1.0 / 3) + 0.9 * std::log(9.0 / 7)), 1e-6);
  EXPECT_NEAR(result.gradient[0], 9.0 / 7 - 1.0 / 3, 1e-5);
  EXPECT_NEAR(result.gradient[2], 9.0 / 7 - 1.0 / 3, 1e-5);
  EXPECT_NEAR(result.gradient[1], 0, 1e-5);
}

TEST(OwnLosses, sparsity_of_units_that_are_never_on_is_finite) {
  const Result result = of({.kind = LossTerm::Kind::sparsity}, {2, 1}, {0, 0});
  EXPECT_TRUE(std::isfinite(result.value));
  EXPECT_LT(result.gradient[0], 0);
  EXPECT_TRUE(std::isfinite(result.gradient[0]));
}

TEST(OwnLosses, sums_of_sizes_are_means_over_samples) {
  const Result l1 = of({.kind = LossTerm::Kind::l1, .weight = 3}, {2, 2}, {1, -2, 0, 4});
  EXPECT_FLOAT_EQ(l1.value, 3 * 7 / 2.0F);
  EXPECT_THAT(l1.gradient, testing::ElementsAre(1.5F, -1.5F, 0, 1.5F));
  const Result l2 = of({.kind = LossTerm::Kind::l2}, {2, 2}, {1, -2, 0, 4});
  EXPECT_FLOAT_EQ(l2.value, 21 / 2.0F);
  EXPECT_THAT(l2.gradient, testing::ElementsAre(1, -2, 0, 4));
}

/// y = sigmoid(x w), 3 inputs and 2 units, then a layer back to 3.
Graph small() {
  Graph graph = parse_graph(
      "graph \"\" (%x: float32[1x3]) -> (%y) {\n"
      "  %w: float32[2x3] = [0.5, -1, 0.25, 1, 0.5, -0.75]\n"
      "  %v: float32[3x2] = [1, 0.5, -0.5, 0.25, 1, -1]\n"
      "  %h: float32[1x2] = FULLY_CONNECTED(%x, %w)\n"
      "  %code: float32[1x2] = LOGISTIC(%h)\n"
      "  %y: float32[1x3] = FULLY_CONNECTED(%code, %v)\n}",
      all_operators());
  return graph;
}

TEST(OwnLosses, gradients_of_a_plan_are_the_slopes_of_its_loss) {
  for (const bool plain : {true, false}) {
    Graph graph = small();
    set_own_losses(graph, {{.kind = "mean_squared_error", .sum = true},
                           {.kind = "sparsity", .of = {"code"}, .weight = 0.5F, .rate = 0.2F},
                           {.kind = "kl_normal", .of = {"h", "code"}, .weight = 2}});
    const ResolvedLosses own = resolve_own_losses(graph);
    ASSERT_EQ(own.loss, Loss::Kind::mean_squared_error);
    const ValueId w = graph.nodes[0].inputs[1];
    const auto loss_at = [&](float change, std::vector<float>* gradient) {
      Graph moved = graph;
      std::vector<float> weights(moved[w].values<float>().begin(), moved[w].values<float>().end());
      weights[1] += change;
      moved[w].constant = make_constant(weights);
      TrainingPlan plan(moved, {.batch = 2,
                                .loss = {.kind = *own.loss, .sum = own.sum},
                                .plain = plain,
                                .keep_gradients = true,
                                .terms = own.terms});
      std::ranges::copy(std::vector<float>{1, 0.5F, -1, 0.25F, 2, 0}, plan.input(0).begin());
      std::ranges::copy(std::vector<float>{0, 1, 0, 1, 0, 1}, plan.targets().begin());
      const float loss = plan.evaluate(2);
      if (gradient) {
        EXPECT_NEAR(plan.step(0.001F), loss, 1e-5F);
        *gradient = plan.gradient(w);
      }
      return static_cast<double>(loss);
    };
    std::vector<float> gradient;
    loss_at(0, &gradient);
    constexpr float kStep = 1.0F / 64;
    EXPECT_NEAR(static_cast<double>(gradient[1]), (loss_at(kStep, nullptr) - loss_at(-kStep, nullptr)) / (2.0 * kStep),
                2e-3);
  }
}

TEST(OwnLosses, are_the_same_after_they_were_written_into_the_graph) {
  Graph graph = small();
  const std::vector<OwnLoss> losses{{.kind = "binary_cross_entropy", .sum = true},
                                    {.kind = "sparsity", .of = {"code"}, .weight = 3, .rate = 0.05F}};
  set_own_losses(graph, losses);
  EXPECT_EQ(own_losses(graph), losses);
}

TEST(OwnLosses, that_are_none_say_what_there_is) {
  Graph graph = small();
  const auto refused = [&](const OwnLoss& loss, const std::string& why) {
    EXPECT_THAT([&] { set_own_losses(graph, {loss}); }, ThrowsMessage<Error>(HasSubstr(why)));
  };
  refused({.kind = "kl_norm", .of = {"h", "h"}}, "kl_normal");
  refused({.kind = "kl_normal", .of = {"h"}}, "name 2 layers");
  refused({.kind = "sparsity", .of = {"h"}, .rate = 1}, "between 0 and 1");
  refused({.kind = "l1", .of = {"h"}, .weight = 0}, "above 0");
  refused({.kind = "huber", .of = {"h"}}, "leave out 'of'");
  set_own_losses(graph, {{.kind = "l1", .of = {"gone"}}});
  EXPECT_THAT(resolve_own_losses(graph).missing, testing::ElementsAre("gone"));
  EXPECT_TRUE(resolve_own_losses(graph).terms.empty());
}

}  // namespace
}  // namespace mirim
