// The layers of transformers, against PyTorch's encoder layer with its weights (tests/zoo/peers/attention.py).
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/exec/parameters.hpp"
#include "mirim/exec/training_plan.hpp"
#include "mirim/zoo/layers/all.hpp"
#include "mirim/zoo/toml.hpp"
#include "tests/zoo/golden.hpp"
#include "tests/zoo/learnt.hpp"
#include "tests/zoo/run.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr std::int64_t kBatch = 2, kSteps = 4, kFeatures = 6, kInner = 5;

Graph encoder(std::int64_t heads, bool causal) {
  Builder builder("encoder");
  const ValueId x = builder.input({.shape = {kSteps, kFeatures}});
  const ValueId seen = builder.append(AttentionLayer{.heads = heads, .causal = causal, .name = "attention"});
  builder.append(JoinLayer{.from = {x, seen}});
  const ValueId middle = builder.append(LayerNormLayer{.name = "norm_1"});
  builder.append(FullyConnectedLayer{.units = kInner, .keep_num_dims = true, .activation = "relu", .name = "inner"});
  const ValueId outer = builder.append(FullyConnectedLayer{.units = kFeatures, .keep_num_dims = true, .name = "outer"});
  builder.append(JoinLayer{.from = {middle, outer}});
  builder.append(LayerNormLayer{.name = "norm_2"});
  return builder.build();
}

void expect_near(std::span<const float> found, std::span<const float> expected, float tolerance,
                 const std::string& of) {
  ASSERT_EQ(found.size(), expected.size()) << of;
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], tolerance) << of << " " << i;
}

// The loss is half the sum of squares whose gradient is dy.
void check(const std::string& name, std::int64_t heads, bool causal) {
  SCOPED_TRACE(name);
  static const Golden golden("attention");
  Graph graph = encoder(heads, causal);
  const std::vector<Parameter> parameters = trainable_parameters(graph);
  ASSERT_EQ(parameters.size(), 16U);
  for (const Parameter& p : parameters) {
    graph[p.value].constant = make_constant(golden.numbers(name + "." + graph[p.value].name));
  }
  TrainingPlan plan(graph, {.batch = kBatch, .loss = {.kind = Loss::Kind::mean_squared_error}, .keep_gradients = true});
  std::ranges::copy(golden.numbers(name + ".x"), plan.input(0).begin());
  const auto &y = golden.numbers(name + ".y"), &dy = golden.numbers(name + ".dy");
  for (std::size_t i = 0; i < y.size(); ++i) {
    plan.targets()[i] = y[i] - dy[i] * static_cast<float>(y.size()) / 2;
  }
  plan.step(0);
  expect_near(plan.output(), y, 1e-5F, "y");
  for (const Parameter& p : parameters) {
    const std::string& of = graph[p.value].name;
    expect_near(plan.gradient(p.value), golden.numbers(name + ".d:" + of), 1e-4F, of);
  }
}

TEST(Attention, an_encoder_layer_is_pytorchs) { check("heads", 3, false); }
TEST(Attention, a_causal_one_too) { check("causal", 2, true); }

TEST(Attention, a_causal_step_does_not_see_later_ones) {
  for (const bool causal : {false, true}) {
    const Graph graph = encoder(2, causal);
    std::vector<float> x(kSteps * kFeatures);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i * i % 7) - 3;
    const auto before = run(graph, x);
    for (std::size_t i = 3 * kFeatures; i < x.size(); ++i) x[i] = 50;
    const auto after = run(graph, x);
    const std::vector<float> first(before.begin(), before.begin() + 3 * kFeatures);
    const std::vector<float> same(after.begin(), after.begin() + 3 * kFeatures);
    EXPECT_EQ(first == same, causal);
  }
}

// sin(t / 10000^(2 i / 4)) and its cosine: of step 1 sin 1, cos 1, sin 0.01, cos 0.01.
TEST(PositionEmbedding, waves_are_those_of_the_paper) {
  Builder builder("places");
  builder.input({.shape = {2, 4}});
  builder.append(PositionEmbeddingLayer{.learned = false});
  const auto y = run(builder.build(), std::vector<float>(8, 0.0F));
  const float expected[] = {0, 1, 0, 1, std::sin(1.0F), std::cos(1.0F), std::sin(0.01F), std::cos(0.01F)};
  for (std::size_t i = 0; i < 8; ++i) EXPECT_NEAR(y[i], expected[i], 1e-6F) << i;
}

// From an input of zeros only trained places can give ones.
TEST(PositionEmbedding, learned_places_are_trained) {
  Builder builder("places");
  builder.input({.shape = {2, 4}});
  builder.append(PositionEmbeddingLayer{});
  Graph graph = builder.build();
  const auto parameters = trainable_parameters(graph);
  ASSERT_EQ(parameters.size(), 1U);
  TrainingPlan plan(graph, {.batch = 3, .loss = {.kind = Loss::Kind::mean_squared_error}, .keep_gradients = true});
  std::ranges::fill(plan.input(0), 0.0F);
  std::ranges::fill(plan.targets(), 1.0F);
  for (int step = 0; step < 500; ++step) plan.step(0.1F);
  for (const float y : plan.output()) EXPECT_NEAR(y, 1, 0.01F);
}

TEST(Attention, sizes_that_do_not_fit_are_refused) {
  const auto of = [](auto layer, Shape shape) {
    return [layer, shape] {
      Builder builder("refused");
      builder.input({.shape = shape});
      builder.append(layer);
    };
  };
  EXPECT_THAT(of(AttentionLayer{.heads = 4, .name = "a"}, {kSteps, kFeatures}),
              ThrowsMessage<Error>(HasSubstr("layer 'a': 4 heads do not divide 6 features into equal parts")));
  EXPECT_THAT(of(AttentionLayer{.heads = 0}, {kSteps, kFeatures}), ThrowsMessage<Error>(HasSubstr("0 heads")));
  EXPECT_THAT(of(AttentionLayer{}, {kFeatures}), ThrowsMessage<Error>(HasSubstr("expected a sequence")));
  EXPECT_THAT(of(AttentionLayer{}, {5000, 2}), ThrowsMessage<Error>(HasSubstr("at most 4096")));
  EXPECT_THAT(of(PositionEmbeddingLayer{}, {8, 8, 1}), ThrowsMessage<Error>(HasSubstr("expected a sequence")));
  EXPECT_THAT(of(LayerNormLayer{.epsilon = 0}, {kFeatures}), ThrowsMessage<Error>(HasSubstr("epsilon")));
}

TEST(Attention, the_zoos_transformer_has_6170_weights) {
  const Description model = read_description(kRoot + "models/zoo/attention.toml");
  std::int64_t count = 0;
  for (const Parameter& p : trainable_parameters(model.graph)) count += model.graph[p.value].type.shape.elements();
  EXPECT_EQ(count, 6170);
}

}  // namespace
}  // namespace mirim
