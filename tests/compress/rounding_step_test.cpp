#include "mirim/compress/rounding_step.hpp"

#include <gmock/gmock.h>

#include <cmath>

namespace mirim {
namespace {

const WeightForm::Grid kGrid{.least = -7, .most = 7, .scale = {0.5F, 2}};
const RowsOf kRows({2, 4}, 0);
// In steps: 0.6, 0, -1.2, 3 and 0.25, -0.5, 9 (clipped), 1.75.
const std::vector<float> kStored{0.3F, 0, -0.6F, 1.5F, 0.5F, -1, 18, 3.5F};

TEST(RoundingStep, gives_the_weights_back_at_first) {
  RoundingStep step(kGrid, kRows, kStored);
  EXPECT_EQ(step.free(), 5);  // not 0, 3 and 9
  std::vector<float> weights = kStored;
  step.apply(weights);
  for (std::size_t i = 0; i < weights.size(); ++i) EXPECT_NEAR(weights[i], i == 6 ? 14 : kStored[i], 1e-5) << i;
}

TEST(RoundingStep, rounds_to_the_nearest_before_it_has_learnt) {
  EXPECT_THAT(RoundingStep(kGrid, kRows, kStored).rounded(),
              testing::Pointwise(testing::FloatEq(), {0.5F, 0.0F, -0.5F, 1.5F, 0.0F, -0.0F, 14.0F, 4.0F}));
}

/// sum of g * effective + the pull, at what is learnt now.
double loss_of(RoundingStep& step, const std::vector<float>& g, double strength, double sharpness) {
  std::vector<float> weights = kStored;
  step.apply(weights);
  double loss = 0;
  for (std::size_t i = 0; i < g.size(); ++i) {
    const double scale = i < 4 ? 0.5 : 2, steps = static_cast<double>(weights[i]) / scale;
    loss += static_cast<double>(g[i] * weights[i]);
    const double h = steps - std::floor(static_cast<double>(kStored[i]) / scale + 1e-6);
    if (i != 1 && i != 3 && i != 6) loss += strength * (1 - std::pow(std::fabs(2 * h - 1), sharpness));
  }
  return loss;
}

TEST(RoundingStep, gradient_is_the_difference_quotient) {
  RoundingStep step(kGrid, kRows, kStored);
  step.pull(0.3F, 3);
  const std::vector<float> g{1, 2, -1, 0.5F, 0.7F, -2, 1, 0.2F};
  std::vector<float> back = g;
  std::vector<float> weights = kStored;
  step.apply(weights);
  step.adjoint(back);
  EXPECT_THAT(back, testing::Each(0));  // the stored weights stay
  const auto learnt = step.learnt();
  for (std::size_t i = 0; i < g.size(); ++i) {
    const float at = learnt.values[i];
    constexpr float kMove = 0.01F;
    learnt.values[i] = at + kMove;
    const double above = loss_of(step, g, 0.3, 3);
    learnt.values[i] = at - kMove;
    const double below = loss_of(step, g, 0.3, 3);
    learnt.values[i] = at;
    EXPECT_NEAR(learnt.gradient[i], (above - below) / (2 * static_cast<double>(kMove)), 2e-3) << i;
  }
}

}  // namespace
}  // namespace mirim
