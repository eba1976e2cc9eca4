// Random layers and small networks in training: what runs them, and whether that is right.
#include "tests/exec/random_layers.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "mirim/exec/training_plan.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;
using testing::Not;

void fill(TrainingPlan& plan) {
  Random random(1);
  for (float& v : plan.input(0)) v = random.normal();
  for (auto& label : plan.labels()) label = static_cast<std::int32_t>(random.below(3));
}

void expect_fast(const TrainingPlan& plan) {
  for (const std::string& layer : plan.layers()) {
    EXPECT_THAT(layer, Not(HasSubstr("plain loops")));
    EXPECT_THAT(layer, Not(HasSubstr("ref")));
  }
}

// Gradients of every parameter against those of the plain loops, by their root mean square.
void expect_gradients_of_the_plain_loops(const Graph& graph, std::int64_t batch, int threads) {
  TrainingOptions options{.batch = batch, .threads = threads, .keep_gradients = true};
  TrainingPlan fast(graph, options);
  expect_fast(fast);
  options.plain = true;
  TrainingPlan plain(graph, options);
  fill(fast);
  fill(plain);
  const float expected = plain.step(0);
  EXPECT_NEAR(fast.step(0), expected, 1e-4F * (1 + std::abs(expected)));
  for (const Parameter& parameter : trainable_parameters(graph)) {
    const auto f = fast.gradient(parameter.value);
    const auto p = plain.gradient(parameter.value);
    ASSERT_EQ(f.size(), p.size());
    double error = 0;
    double size = 1e-12;
    for (std::size_t i = 0; i < f.size(); ++i) {
      error += std::pow(static_cast<double>(f[i]) - static_cast<double>(p[i]), 2);
      size += std::pow(static_cast<double>(p[i]), 2);
    }
    EXPECT_LT(std::sqrt(error), 2e-3 * std::sqrt(size) + 1e-5) << graph[parameter.value].name;
  }
}

TEST(RandomLayers, train_on_no_reference_kernel_and_with_the_gradients_of_the_plain_loops) {
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    Random random(seed);
    const networks::RandomLayer layer = networks::random_layer(random);
    SCOPED_TRACE(fmt::format("seed {}: {}", seed, layer.name));
    expect_gradients_of_the_plain_loops(layer.graph, layer.batch, seed % 4 == 0 ? 2 : 1);
  }
}

TEST(RandomLayers, networks_of_them_do_too) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    Random random(1000 + seed);
    const networks::RandomLayer network = networks::random_network(random);
    SCOPED_TRACE(fmt::format("seed {}: {}", seed, network.name));
    expect_gradients_of_the_plain_loops(network.graph, network.batch, 1);
  }
}

TEST(RandomLayers, same_seed_and_threads_give_the_same_bits) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    Random random(seed);
    const networks::RandomLayer layer = networks::random_layer(random);
    SCOPED_TRACE(fmt::format("seed {}: {}", seed, layer.name));
    std::vector<Learnt> learnt;
    for (int run = 0; run < 2; ++run) {
      TrainingPlan plan(layer.graph, {.batch = layer.batch, .threads = 2});
      fill(plan);
      for (int s = 0; s < 3; ++s) plan.step(0.01F);
      learnt.push_back(plan.state());
    }
    EXPECT_EQ(learnt[0], learnt[1]);
  }
}

}  // namespace
}  // namespace mirim
