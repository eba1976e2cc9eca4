// The layers of capsules, against PyTorch (tests/zoo/peers/capsules.py).
#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "mirim/base/error.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/exec/parameters.hpp"
#include "mirim/exec/training_plan.hpp"
#include "mirim/zoo/layers/all.hpp"
#include "mirim/zoo/toml.hpp"
#include "tests/zoo/golden.hpp"
#include "tests/zoo/learnt.hpp"
#include "tests/zoo/run.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr std::int64_t kBatch = 2, kCount = 5, kBefore = 3, kUnits = 4, kSize = 6;

void expect_near(std::span<const float> found, std::span<const float> expected, float tolerance,
                 const std::string& of) {
  ASSERT_EQ(found.size(), expected.size()) << of;
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], tolerance) << of << " " << i;
}

TEST(Capsules, routing_and_the_margin_loss_are_pytorchs) {
  const Golden golden("capsules");
  Builder builder("capsules");
  builder.input({.shape = {kCount, kBefore}});
  builder.append(SquashLayer{});
  const ValueId capsules = builder.append(CapsulesLayer{.units = kUnits, .size = kSize, .routings = 3});
  const ValueId lengths = builder.append(LengthLayer{});
  Graph graph = builder.build({lengths, capsules});
  const auto parameters = trainable_parameters(graph);
  ASSERT_EQ(parameters.size(), 1U);
  graph[parameters[0].value].constant = make_constant(golden.numbers("weights"));

  Interpreter interpreter(graph);
  const auto& x = golden.numbers("x");
  std::vector<float> v;
  for (std::size_t n = 0; n < kBatch; ++n) {
    interpreter.set_input(0, bytes_of(std::span(x).subspan(n * kCount * kBefore, kCount * kBefore)));
    interpreter.run();
    const auto y = interpreter.output(1).as<float>();
    v.insert(v.end(), y.begin(), y.end());
  }
  expect_near(v, golden.numbers("v"), 1e-5F, "v");

  TrainingPlan plan(graph,
                    {.batch = kBatch, .loss = {.kind = Loss::Kind::margin, .sum = true}, .keep_gradients = true});
  std::ranges::copy(x, plan.input(0).begin());
  std::ranges::fill(plan.targets(), 0.0F);
  for (std::int64_t n = 0; n < kBatch; ++n) plan.targets()[static_cast<std::size_t>(n * kUnits + n)] = 1;
  EXPECT_NEAR(plan.step(0), golden.numbers("loss")[0], 1e-5F);
  expect_near(plan.output(), golden.numbers("lengths"), 1e-5F, "lengths");
  expect_near(plan.gradient(parameters[0].value), golden.numbers("d:weights"), 1e-4F, "weights");
}

template <class Layer>
Graph alone(const Layer& layer, const Shape& shape) {
  Builder builder("alone");
  builder.input({.shape = shape});
  builder.append(layer);
  return builder.build();
}

// (3, 4) has the length 5: 25 / 26 * (3, 4) / 5. Nothing stays nothing.
TEST(Capsules, squash_keeps_the_direction) {
  const auto y = run(alone(SquashLayer{}, {2, 2}), {3, 4, 0, 0});
  EXPECT_THAT(y, ElementsAre(FloatNear(15.0F / 26, 1e-6F), FloatNear(20.0F / 26, 1e-6F), 0, 0));
}

TEST(Capsules, length_and_longest_are_of_each_vector) {
  EXPECT_THAT(run(alone(LengthLayer{}, {2, 2}), {3, 4, 0, 1}), ElementsAre(FloatNear(5, 1e-5F), FloatNear(1, 1e-5F)));
  EXPECT_THAT(run(alone(LongestLayer{}, {3, 2}), {3, 4, 0, 1, -6, 0}), ElementsAre(0, 0, 0, 0, -6, 0));
}

TEST(Capsules, what_cannot_be_is_refused) {
  EXPECT_THAT(
      [] {
        alone(CapsulesLayer{.units = 2, .size = 2, .routings = 0, .name = "c"}, {4, 2});
      },
      ThrowsMessage<Error>(HasSubstr("layer 'c': routings is 0; it must be from 1 to 20")));
  EXPECT_THAT([] { alone(CapsulesLayer{.units = 2, .size = 2}, {8}); },
              ThrowsMessage<Error>(HasSubstr("expected capsules [count, size]")));
  EXPECT_THAT([] { alone(LengthLayer{}, {8, 8, 2}); }, ThrowsMessage<Error>(HasSubstr("expected capsules")));
}

TEST(Capsules, the_zoos_network_has_at_most_150000_weights_before_its_decoder) {
  const Description model = read_description(kRoot + "models/zoo/capsules.toml");
  std::int64_t before = 0;
  for (const Parameter& p : trainable_parameters(model.graph)) {
    const Value& value = model.graph[p.value];
    if (value.name.starts_with("conv2d") || value.name.starts_with("digits")) before += value.type.shape.elements();
  }
  EXPECT_EQ(before, 146'048);
}

}  // namespace
}  // namespace mirim
