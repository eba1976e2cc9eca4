#include "mirim/compress/steps.hpp"

#include <gmock/gmock.h>

#include <cmath>

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::FloatEq;
using testing::FloatNear;

std::vector<float> applied(Parametrisation& step, std::vector<float> weights) {
  step.apply(weights);
  return weights;
}

std::vector<float> brought_back(Parametrisation& step, std::vector<float> gradient) {
  step.adjoint(gradient);
  return gradient;
}

/// <adjoint(g), v> is <g, apply(w + v) - apply(w)> for a linear step.
void expect_adjoint(Parametrisation& step, const std::vector<float>& w, const std::vector<float>& v,
                    const std::vector<float>& g) {
  std::vector<float> moved = w;
  for (std::size_t i = 0; i < w.size(); ++i) moved[i] += v[i];
  const auto after = applied(step, moved), before = applied(step, w), back = brought_back(step, g);
  double forward = 0, backward = 0;
  for (std::size_t i = 0; i < w.size(); ++i) {
    forward += static_cast<double>(g[i] * (after[i] - before[i]));
    backward += static_cast<double>(back[i] * v[i]);
  }
  EXPECT_NEAR(forward, backward, 1e-5);
}

TEST(MaskStep, hides_weights_and_their_gradients) {
  MaskStep step(4);
  step.set_mask({1, 0, 1, 0});
  EXPECT_THAT(applied(step, {1, 2, 3, 4}), ElementsAre(1, 0, 3, 0));
  expect_adjoint(step, {1, 2, 3, 4}, {1, -1, 2, 1}, {4, 3, 2, 1});
}

TEST(MaskStep, taylor_scores_are_averages_of_weight_times_gradient) {
  MaskStep step(2, MaskStep::Watch::taylor);
  applied(step, {2, -3});
  brought_back(step, {0.5F, 1});
  EXPECT_THAT(step.scores(), ElementsAre(FloatNear(0.01F, 1e-6F), FloatNear(0.03F, 1e-6F)));
}

TEST(MaskStep, movement_counts_weights_that_grow) {
  MaskStep step(2, MaskStep::Watch::movement);
  applied(step, {2, -3});
  brought_back(step, {-1, -1});  // descent makes both larger: the first moves away from 0, the second to it
  EXPECT_THAT(step.scores(), ElementsAre(2, -3));
}

TEST(MaskStep, comes_back_from_its_state) {
  MaskStep step(2, MaskStep::Watch::movement), other(2, MaskStep::Watch::movement);
  step.set_mask({0, 1});
  applied(step, {2, -3});
  brought_back(step, {-1, -1});
  other.set_state(step.state());
  EXPECT_THAT(other.mask(), ElementsAre(0, 1));
  EXPECT_THAT(other.scores(), ElementsAre(2, -3));
}

TEST(CodebookStep, a_cluster_is_its_mean_and_zeros_stay) {
  CodebookStep step({0, 0, 1, -1, 0});
  EXPECT_THAT(applied(step, {1, 2, 5, 7, 3}), ElementsAre(2, 2, 5, 0, 2));
  expect_adjoint(step, {1, 2, 5, 7, 3}, {1, 0, -1, 2, 0.5F}, {3, 1, 2, 9, -4});
}

TEST(CodebookStep, equal_numbers_are_one_cluster) {
  const RowsOf rows({2, 3}, 0);
  const std::vector<float> values{1, 0, 1, 1, 2, 0};
  EXPECT_THAT(clusters_of(values, rows, false, true), ElementsAre(0, -1, 0, 0, 1, -1));
  EXPECT_THAT(clusters_of(values, rows, true, false), ElementsAre(0, 1, 0, 2, 3, 4));
}

TEST(GridStep, the_largest_weight_of_a_row_is_the_end_of_its_grid) {
  const std::vector<float> w{0.7F, -0.33F, 14, 3};
  GridStep step(grid_of_bits(4), RowsOf({2, 2}, 0), GridStep::Scale::largest, w);
  // Scales 0.1 and 2: -0.33 becomes -0.3, 3 becomes 2 * 2 (1.5 rounds away from 0).
  EXPECT_THAT(applied(step, w), ElementsAre(FloatEq(0.7F), FloatEq(-0.3F), FloatEq(14), FloatEq(4)));
  EXPECT_THAT(brought_back(step, {1, 2, 3, 4}), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(step.grid().scale, ElementsAre(FloatEq(0.1F), FloatEq(2)));
}

TEST(GridStep, a_learnt_scale_has_the_gradient_of_its_formula) {
  const std::vector<float> w{0.7F, -0.33F, 5, 0.1F};
  GridStep step({.least = -1, .most = 1}, RowsOf({1, 4}, 0), GridStep::Scale::learnt, w);
  // First scale: 2 * mean |w| / sqrt(1) = 2 * 6.13 / 4 = 3.065. 5 / 3.065 = 1.63 is outside.
  const float scale = 3.065F;
  EXPECT_THAT(applied(step, w), ElementsAre(0, 0, FloatEq(scale), 0));
  EXPECT_THAT(brought_back(step, {1, 1, 1, 1}), ElementsAre(1, 1, 0, 1));
  // Slopes: -0.7 / s, 0.33 / s, 1, -0.1 / s; times s for the logarithm, 1 / sqrt(4 * 1).
  EXPECT_NEAR(step.learnt().gradient[0], (-0.7F + 0.33F - 0.1F + scale) / 2, 1e-5F);
}

TEST(GridStep, binary_weights_are_their_signs_times_the_mean) {
  const std::vector<float> w{1, -2, 3, -4};
  GridStep step({.least = -1, .most = 1, .has_zero = false}, RowsOf({1, 4}, 0), GridStep::Scale::largest, w);
  EXPECT_THAT(applied(step, w), ElementsAre(2.5F, -2.5F, 2.5F, -2.5F));
}

TEST(GridStep, the_scale_of_least_error_gives_up_an_outlier) {
  // By the largest the scale of 4 bits is 10 / 7: all 63 weights of 0.7 become 0, an error of 63 * 0.49 = 30.9. With
  // scale 1 they become 1 and 10 is clipped to 7: 63 * 0.09 + 9 = 14.7.
  std::vector<float> stored(64, 0.7F);
  stored[0] = 10;
  GridStep step(grid_of_bits(4), RowsOf({1, 64}, 0), GridStep::Scale::least_error, stored);
  const std::vector<float> rounded = applied(step, stored);
  double least = 1e9, mine = 0;
  for (std::size_t i = 0; i < stored.size(); ++i) mine += std::pow(static_cast<double>(rounded[i] - stored[i]), 2);
  for (double scale = 0.1; scale < 1.5; scale += 1e-3) {
    const double one = std::round(0.7 / scale) * scale - 0.7, big = std::min(7.0, std::round(10 / scale)) * scale - 10;
    least = std::min(least, 63 * one * one + big * big);
  }
  EXPECT_NEAR(mine, least, 0.05 * least);
}

}  // namespace
}  // namespace mirim
