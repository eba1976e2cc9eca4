#include "mirim/exec/parametrisation.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"
#include "mirim/exec/training_plan.hpp"
#include "tests/exec/networks.hpp"

namespace mirim {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::FloatEq;
using testing::HasSubstr;
using testing::ThrowsMessage;

const Loss kSquared{.kind = Loss::Kind::mean_squared_error};

/// effective = factor * stored; the factor is learnt.
class Scaled final : public Parametrisation {
 public:
  explicit Scaled(float factor) : factor_{factor} {}
  void apply(std::span<float> weights) override {
    stored_.assign(weights.begin(), weights.end());
    for (float& w : weights) w *= factor_[0];
  }
  void adjoint(std::span<float> gradient) override {
    gradient_[0] = 0;
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      gradient_[0] += gradient[i] * stored_[i];
      gradient[i] *= factor_[0];
    }
  }
  Learnt learnt() override { return {factor_, gradient_}; }

  std::vector<float> factor_;
  std::vector<float> gradient_{0};
  std::vector<float> stored_{};
};

void fill(TrainingPlan& plan, std::uint64_t seed) {
  Random random(seed);
  for (float& v : plan.input(0)) v = random.normal();
  for (float& v : plan.targets()) v = random.normal();
  for (auto& label : plan.labels()) label = static_cast<std::int32_t>(random.below(10));
}

/// x [1, 1] -> w x, w = 2, no bias.
Graph one_weight() {
  networks::Net net({1, 1});
  Graph graph = net.dense(1).done();
  graph[graph.nodes[0].inputs[1]].constant = make_constant(std::vector<float>{2});
  graph[graph.nodes[0].inputs[2]].extras[std::string(kFrozen)] = {};
  return graph;
}

TEST(Parametrisation, gradients_come_back_through_it_to_stored_and_learnt_numbers) {
  const Graph graph = one_weight();
  const ValueId w = graph.nodes[0].inputs[1];
  const auto scaled = std::make_shared<Scaled>(3.0F);
  TrainingPlan plan(graph, {.batch = 1,
                            .loss = kSquared,
                            .optimizer = {.kind = Optimizer::Kind::sgd, .momentum = 0},
                            .keep_gradients = true,
                            .parametrisations = {{w, {scaled}}}});
  plan.input(0)[0] = 1;
  plan.targets()[0] = 5;
  // y = 3 * 2 = 6, loss 1, dL/dy = 2, dL/dw = 3 * 2 = 6, dL/dfactor = 2 * 2 = 4.
  EXPECT_FLOAT_EQ(plan.step(0.1F), 1);
  EXPECT_THAT(plan.gradient(w), ElementsAre(FloatEq(6)));
  EXPECT_THAT(plan.stored(w), ElementsAre(FloatEq(1.4F)));
  EXPECT_FLOAT_EQ(scaled->factor_[0], 2.6F);
  // The layer's weights, not the stored ones, go into the graph.
  Graph trained = graph;
  plan.store(trained);
  EXPECT_FLOAT_EQ(trained[w].values<float>()[0], 2.6F * 1.4F);
}

TEST(Parametrisation, a_plan_goes_on_from_its_state_with_the_same_bits) {
  networks::Net net({1, 6, 6, 3});
  const Graph graph = net.conv(16, 3, 3).batch_norm().relu().global_average().dense(10).done();
  const ValueId w = graph.nodes[0].inputs[1];
  const auto options = [&] {
    return TrainingOptions{.batch = 4,
                           .parametrisations = {{w, {std::make_shared<Scaled>(1.5F)}}},
                           .grids = {{.value = graph.nodes[2].outputs[0], .max = 3}}};
  };
  TrainingPlan whole(graph, options()), first(graph, options());
  for (std::uint64_t s = 0; s < 6; ++s) {
    fill(whole, s);
    whole.step(0.01F);
    if (s >= 3) continue;
    fill(first, s);
    first.step(0.01F);
  }
  TrainingPlan second(graph, options());
  second.set_state(first.state());
  for (std::uint64_t s = 3; s < 6; ++s) {
    fill(second, s);
    second.step(0.01F);
  }
  EXPECT_EQ(second.state(), whole.state());
}

TEST(Parametrisation, a_state_of_other_steps_is_refused) {
  const Graph graph = one_weight();
  const ValueId w = graph.nodes[0].inputs[1];
  TrainingPlan with(graph, {.batch = 1, .loss = kSquared, .parametrisations = {{w, {std::make_shared<Scaled>(1.0F)}}}});
  TrainingPlan without(graph, {.batch = 1, .loss = kSquared});
  EXPECT_THAT([&] { with.set_state(without.state()); }, ThrowsMessage<Error>(HasSubstr("lacks the steps")));
}

/// Two dense layers that read the same weights [4, 4].
Graph shared_weights() {
  networks::Net net({1, 4});
  net.dense(4).apply(Tanh{}, "tanh").dense(4);
  Graph graph = net.done();
  graph.nodes[2].inputs[1] = graph.nodes[0].inputs[1];
  remove_unused_values(graph);
  return graph;
}

TEST(Parametrisation, layers_that_share_weights_add_their_gradients) {
  const Graph graph = shared_weights();
  const ValueId w = graph.nodes[0].inputs[1];
  for (const bool plain : {true, false}) {
    TrainingPlan plan(graph, {.batch = 3, .loss = kSquared, .plain = plain, .keep_gradients = true});
    fill(plan, 5);
    plan.step(0);
    const std::vector<float> gradient = plan.gradient(w);
    for (const std::size_t i : {std::size_t{0}, std::size_t{7}, std::size_t{15}}) {
      const auto loss_at = [&](float change) {
        Graph moved = graph;
        std::vector<float> values(moved[w].values<float>().begin(), moved[w].values<float>().end());
        values[i] += change;
        moved[w].constant = make_constant(values);
        TrainingPlan other(moved, {.batch = 3, .loss = kSquared, .plain = true});
        fill(other, 5);
        return static_cast<double>(other.evaluate(3));
      };
      const double slope = (loss_at(1e-2F) - loss_at(-1e-2F)) / 2e-2;
      EXPECT_NEAR(static_cast<double>(gradient[i]), slope, 2e-3) << "weight " << i << ", plain " << plain;
    }
  }
}

TEST(Parametrisation, one_for_a_value_that_is_not_trained_is_refused) {
  const Graph graph = one_weight();
  const ValueId bias = graph.nodes[0].inputs[2];
  EXPECT_THAT(
      [&] {
        TrainingPlan(graph,
                     {.batch = 1, .loss = kSquared, .parametrisations = {{bias, {std::make_shared<Scaled>(1.0F)}}}});
      },
      ThrowsMessage<Error>(HasSubstr("is not trained")));
}

TEST(ActivationGrid, values_are_rounded_and_the_gradient_passes_inside) {
  // y = w x with x = (1), w = 2; grid of [0, 2.55]: steps of 0.01, all of them inside.
  const Graph graph = one_weight();
  const ValueId w = graph.nodes[0].inputs[1], y = graph.nodes[0].outputs[0];
  const auto run = [&](float x) {
    TrainingPlan plan(graph, {.batch = 1,
                              .loss = kSquared,
                              .optimizer = {.kind = Optimizer::Kind::sgd, .momentum = 0},
                              .keep_gradients = true,
                              .grids = {{.value = y, .max = 2.55F, .follow = ActivationGrid::Follow::nothing}}});
    plan.input(0)[0] = x;
    plan.targets()[0] = 1;
    plan.step(0.1F);
    return std::pair(plan.output()[0], plan.gradient(w)[0]);
  };
  // 2 * 1.004 = 2.008 rounds to 2.01; dL/dw = 2 * 1.01 * 1.004.
  EXPECT_NEAR(run(1.004F).first, 2.01, 1e-5);
  EXPECT_NEAR(run(1.004F).second, 2 * 1.01 * 1.004, 1e-4);
  // 2 * 2 = 4 is cut to 2.55, and nothing passes.
  EXPECT_NEAR(run(2).first, 2.55, 1e-5);
  EXPECT_EQ(run(2).second, 0);
}

TEST(ActivationGrid, an_average_range_follows_the_batches) {
  const Graph graph = one_weight();
  TrainingPlan plan(
      graph,
      {.batch = 1, .loss = kSquared, .grids = {{.value = graph.nodes[0].outputs[0], .max = 1, .momentum = 0.5F}}});
  plan.input(0)[0] = -2;
  plan.step(0);
  // This batch spans [-4, 0]: min = 0.5 * 0 + 0.5 * -4, max = 0.5 * 1 + 0.5 * 0.
  EXPECT_THAT(plan.ranges(), ElementsAre(LearntRange{.min = -2, .max = 0.5F}));
}

TEST(ActivationGrid, a_learnt_size_grows_where_values_are_cut) {
  const Graph graph = one_weight();
  TrainingPlan plan(
      graph, {.batch = 1,
              .loss = kSquared,
              .grids = {{.value = graph.nodes[0].outputs[0], .max = 1, .follow = ActivationGrid::Follow::learnt}}});
  plan.input(0)[0] = 2;
  plan.targets()[0] = 4;
  const float before = plan.ranges()[0].max;
  for (int i = 0; i < 100; ++i) plan.step(0.01F);
  EXPECT_GT(plan.ranges()[0].max, 1.5F * before);
}

TEST(ActivationGrid, rounding_is_the_same_in_every_layout) {
  networks::Net net({1, 6, 6, 16});
  net.conv(32, 3, 3, {}, Activation::relu);
  const ValueId middle = net.at;
  const Graph graph = net.conv(16, 3, 3, {}, Activation::relu).global_average().dense(10).done();
  const auto options = [&](bool plain) {
    return TrainingOptions{.batch = 4, .plain = plain, .keep_gradients = true, .grids = {{.value = middle, .max = 2}}};
  };
  TrainingPlan fast(graph, options(false)), plain(graph, options(true));
  fill(fast, 3);
  fill(plain, 3);
  // A value next to the middle between two steps may round either way.
  EXPECT_NEAR(fast.step(0), plain.step(0), 1e-2);
  const auto a = fast.gradient(graph.nodes[0].inputs[1]), b = plain.gradient(graph.nodes[0].inputs[1]);
  double difference = 0, size = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference += std::pow(static_cast<double>(a[i] - b[i]), 2);
    size += std::pow(static_cast<double>(b[i]), 2);
  }
  EXPECT_LT(std::sqrt(difference / size), 0.02);
}

TEST(ActivationGrid, affine_grids_hold_zero) {
  const AffineGrid grid = affine_grid(-1, 1, 8);
  EXPECT_FLOAT_EQ(grid.scale, 2.0F / 255);
  EXPECT_EQ(grid.zero_point, -1);  // -128 + 127.5, rounded to even or away: one of the middle two
  EXPECT_EQ(affine_grid(0, 255, 8).zero_point, -128);
  EXPECT_EQ(affine_grid(0, 15, 4).zero_point, -8);
}

class LossTermGradient : public testing::TestWithParam<LossTerm> {};

TEST_P(LossTermGradient, agrees_with_differences) {
  LossTerm term = GetParam();
  const Shape shape = term.kind == LossTerm::Kind::soft_targets ? Shape{2, 5} : Shape{2, 3, 3, 4};
  Random random(3);
  std::vector<float> y(static_cast<std::size_t>(shape.elements())), gradient(y.size()), ignored(y.size());
  std::vector<float> teacher(static_cast<std::size_t>(teacher_elements(term, shape)));
  for (float& v : y) v = random.normal();
  for (float& v : teacher) v = random.normal();
  loss_term(term, shape, y.data(), teacher.data(), gradient.data());
  for (std::size_t i = 0; i < y.size(); i += 3) {
    const float at = y[i];
    y[i] = at + 1e-2F;
    const auto above = static_cast<double>(loss_term(term, shape, y.data(), teacher.data(), ignored.data()));
    y[i] = at - 1e-2F;
    const auto below = static_cast<double>(loss_term(term, shape, y.data(), teacher.data(), ignored.data()));
    y[i] = at;
    EXPECT_NEAR(static_cast<double>(gradient[i]), (above - below) / 2e-2, 2e-3) << "element " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, LossTermGradient,
                         testing::Values(LossTerm{.kind = LossTerm::Kind::soft_targets, .weight = 0.7F},
                                         LossTerm{.kind = LossTerm::Kind::hint, .weight = 0.5F},
                                         LossTerm{.kind = LossTerm::Kind::attention, .weight = 3},
                                         LossTerm{.kind = LossTerm::Kind::attention, .teacher_channels = 6}));

TEST(LossTerm, is_nothing_for_a_student_that_is_its_teacher) {
  const Shape shape{1, 2, 2, 2};
  const std::vector<float> x{1, 2, 3, 4, 5, 6, 7, 8};
  std::vector<float> gradient(x.size());
  for (const LossTerm::Kind kind : {LossTerm::Kind::hint, LossTerm::Kind::attention}) {
    EXPECT_NEAR(loss_term({.kind = kind}, shape, x.data(), x.data(), gradient.data()), 0, 1e-6);
    EXPECT_THAT(gradient, Each(testing::FloatNear(0, 1e-6F)));
  }
}

TEST(LossTerm, pulls_an_inner_value_to_the_teachers) {
  networks::Net net({1, 4});
  net.dense(4, Activation::relu);
  const ValueId inner = net.at;
  const Graph graph = net.dense(10).done();
  // Nothing but the hint: the loss has no weight.
  TrainingPlan plan(graph, {.batch = 8, .terms = {{.kind = LossTerm::Kind::hint, .value = inner}}, .loss_weight = 0});
  fill(plan, 2);
  std::ranges::fill(plan.teacher(0), 0.5F);
  const float before = plan.step(0.01F);
  for (int i = 0; i < 200; ++i) plan.step(0.01F);
  EXPECT_LT(plan.step(0.01F), 0.2F * before);
}

}  // namespace
}  // namespace mirim
