#include "mirim/learn/contrastive_divergence.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "mirim/base/random.hpp"
#include "tests/zoo/golden.hpp"

namespace mirim {
namespace {

using testing::FloatNear;
using testing::Pointwise;

/// Three batches learnt with the peer's random numbers.
RestrictedMachine after_three_steps(const Golden& golden, const std::string& name, const DivergenceOptions& options) {
  DivergenceLearner learner({.weights = golden.rows(name + ".weights"),
                             .hidden_bias = golden.numbers(name + ".hidden_bias"),
                             .visible_bias = golden.numbers(name + ".visible_bias")},
                            options);
  std::span<const float> chance = golden.numbers(name + ".chance");
  const std::vector<float>& batches = golden.numbers(name + ".batches");
  for (std::size_t batch = 0; batch < 3; ++batch) {
    const auto first = batches.begin() + static_cast<std::ptrdiff_t>(batch * 30);
    learner.step({.rows = 5, .columns = 6, .values = {first, first + 30}}, [&](std::span<float> to) {
      std::ranges::copy(chance.first(to.size()), to.begin());
      chance = chance.subspan(to.size());
    });
  }
  EXPECT_TRUE(chance.empty());
  return learner.machine();
}

void expect_same(const RestrictedMachine& machine, const Golden& golden, const std::string& name) {
  EXPECT_THAT(machine.weights.values, Pointwise(FloatNear(1e-5F), golden.numbers(name + ".weights_after")));
  EXPECT_THAT(machine.hidden_bias, Pointwise(FloatNear(1e-5F), golden.numbers(name + ".hidden_bias_after")));
  EXPECT_THAT(machine.visible_bias, Pointwise(FloatNear(1e-5F), golden.numbers(name + ".visible_bias_after")));
}

TEST(ContrastiveDivergence, persistent_steps_are_those_of_scikit_learn) {
  const Golden golden("boltzmann");
  expect_same(after_three_steps(golden, "persistent", {.rate = 0.2F, .persistent = true}), golden, "persistent");
}

TEST(ContrastiveDivergence, single_steps_are_those_of_hintons_guide) {
  const Golden golden("boltzmann");
  expect_same(after_three_steps(golden, "one_step", {.rate = 0.2F, .momentum = 0.5F, .decay = 0.01F}), golden,
              "one_step");
}

TEST(ContrastiveDivergence, hidden_units_learn_to_rebuild_what_they_are_shown) {
  // Two halves of eight units: either one is on. One hidden unit can tell.
  Rows x{.rows = 2, .columns = 8, .values = {1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1}};
  Random random(1);
  for (const bool persistent : {false, true}) {
    RestrictedMachine start{
        .weights = {.rows = 2, .columns = 8}, .hidden_bias = {0, 0}, .visible_bias = std::vector<float>(8)};
    for (int i = 0; i < 16; ++i) start.weights.values.push_back(0.1F * random.normal());
    EXPECT_GT(rebuilding_error(start, x), 0.2);
    DivergenceLearner learner(start, {.rate = 0.2F, .persistent = persistent});
    for (int step = 0; step < 500; ++step) {
      learner.step(x, [&](std::span<float> to) {
        for (float& u : to) u = random.uniform();
      });
    }
    EXPECT_LT(rebuilding_error(learner.machine(), x), 0.02) << persistent;
  }
}

}  // namespace
}  // namespace mirim
