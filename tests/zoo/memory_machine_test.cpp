// The layers with a memory, `ntm` and `dnc`, against PyTorch (tests/zoo/peers/ntm.py, dnc.py).
#include <gmock/gmock.h>

#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/exec/parameters.hpp"
#include "mirim/exec/training_plan.hpp"
#include "mirim/passes/unroll.hpp"
#include "mirim/zoo/layers/all.hpp"
#include "tests/zoo/golden.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr std::int64_t kBatch = 2, kFeatures = 3, kUnits = 2;

struct Case {
  Golden golden;
  std::int64_t steps;
  Graph machine;  ///< one step a run
};

template <class Layer>
Case made(const std::string& name, std::int64_t steps, Layer layer) {
  Case result{.golden = Golden(name), .steps = steps, .machine = {}};
  Builder builder("machine");
  builder.input({.shape = {kFeatures}});
  layer.units = kUnits;
  layer.name = name;
  builder.append(layer);
  result.machine = builder.build();
  for (const Parameter& p : trainable_parameters(result.machine)) {
    Value& value = result.machine[p.value];
    value.constant = make_constant(result.golden.numbers(value.name.substr(name.size() + 1)));
  }
  return result;
}

class MemoryMachines : public testing::TestWithParam<const char*> {
 protected:
  static Case machine() {
    const std::string name = GetParam();
    if (name == "ntm") return made(name, 3, NtmLayer{.controller = 4, .slots = 5, .width = 3});
    return made(name, 5, DncLayer{.controller = 4, .slots = 4, .width = 3, .reads = 2});
  }
};

void expect_near(std::span<const float> found, std::span<const float> expected, float tolerance,
                 const std::string& of) {
  ASSERT_EQ(found.size(), expected.size()) << of;
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], tolerance) << of << " " << i;
}

// The loss is half the sum of squares whose gradient is dy.
TEST_P(MemoryMachines, answers_and_gradients_through_time_are_pytorchs) {
  const Case c = machine();
  const auto parameters = trainable_parameters(c.machine);
  ASSERT_EQ(parameters.size(), 6U);
  const Graph graph = unroll(c.machine, c.steps);
  TrainingPlan plan(graph, {.batch = kBatch, .loss = {.kind = Loss::Kind::mean_squared_error}, .keep_gradients = true});
  std::ranges::copy(c.golden.numbers("x"), plan.input(0).begin());
  const auto &y = c.golden.numbers("y"), &dy = c.golden.numbers("dy");
  for (std::size_t i = 0; i < y.size(); ++i) plan.targets()[i] = y[i] - dy[i] * static_cast<float>(y.size()) / 2;
  plan.step(0);
  expect_near(plan.output(), y, 1e-5F, "y");
  for (const Parameter& p : parameters) {
    const std::string of = c.machine[p.value].name.substr(4);
    expect_near(plan.gradient(p.value), c.golden.numbers("d:" + of), 1e-4F, of);
  }
}

TEST_P(MemoryMachines, one_step_a_run_answers_as_the_whole_sequence) {
  const Case c = machine();
  Interpreter one(c.machine);
  const auto &x = c.golden.numbers("x"), &y = c.golden.numbers("y");
  const auto steps = static_cast<std::size_t>(c.steps);
  for (std::size_t n = 0; n < kBatch; ++n) {
    one.reset();
    std::vector<float> answers;
    for (std::size_t t = 0; t < steps; ++t) {
      one.set_input(0, bytes_of(std::span(x).subspan((n * steps + t) * kFeatures, kFeatures)));
      one.run();
      const auto answer = one.output(0).as<float>();
      answers.insert(answers.end(), answer.begin(), answer.end());
    }
    expect_near(answers, std::span(y).subspan(n * steps * kUnits, steps * kUnits), 1e-5F, "sequence");
  }
}

INSTANTIATE_TEST_SUITE_P(All, MemoryMachines, testing::Values("ntm", "dnc"),
                         [](const auto& test) { return std::string(test.param); });

TEST(MemoryMachine, what_cannot_be_is_refused) {
  const auto of = [](auto layer, Shape shape) {
    layer.name = "n";
    layer.units = 2;
    return [layer, shape] {
      Builder builder("refused");
      builder.input({.shape = shape});
      builder.append(layer);
    };
  };
  EXPECT_THAT(of(NtmLayer{.slots = 2}, {3}), ThrowsMessage<Error>(HasSubstr("layer 'n': slots is 2")));
  EXPECT_THAT(of(NtmLayer{}, {5, 3}), ThrowsMessage<Error>(HasSubstr("one step a run")));
  EXPECT_THAT(of(DncLayer{.slots = 1000}, {3}), ThrowsMessage<Error>(HasSubstr("from 2 to 256")));
  EXPECT_THAT(of(DncLayer{.reads = 0}, {3}), ThrowsMessage<Error>(HasSubstr("reads is 0")));
}

}  // namespace
}  // namespace mirim
