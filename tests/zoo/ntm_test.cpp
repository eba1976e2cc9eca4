// The layer of neural Turing machines, against PyTorch (tests/zoo/peers/ntm.py).
#include <gmock/gmock.h>

#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/data/batches.hpp"
#include "mirim/data/dataset.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/exec/parameters.hpp"
#include "mirim/exec/training_plan.hpp"
#include "mirim/zoo/layers/all.hpp"
#include "tests/zoo/golden.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr std::int64_t kBatch = 2, kSteps = 3, kFeatures = 3, kUnits = 2;

const Golden& golden() {
  static const Golden all("ntm");
  return all;
}

Graph machine(std::int64_t steps) {
  Builder builder("machine");
  builder.input({.shape = {steps, kFeatures}});
  builder.append(NtmLayer{.units = kUnits, .controller = 4, .slots = 5, .width = 3, .name = "ntm"});
  Graph graph = builder.build();
  for (const Parameter& p : trainable_parameters(graph)) {
    graph[p.value].constant = make_constant(golden().numbers(graph[p.value].name.substr(4)));
  }
  return graph;
}

void expect_near(std::span<const float> found, std::span<const float> expected, float tolerance,
                 const std::string& of) {
  ASSERT_EQ(found.size(), expected.size()) << of;
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], tolerance) << of << " " << i;
}

// The loss is half the sum of squares whose gradient is dy.
TEST(Ntm, answers_and_gradients_are_pytorchs) {
  const Graph graph = machine(kSteps);
  const auto parameters = trainable_parameters(graph);
  ASSERT_EQ(parameters.size(), 6U);
  TrainingPlan plan(graph, {.batch = kBatch, .loss = {.kind = Loss::Kind::mean_squared_error}, .keep_gradients = true});
  std::ranges::copy(golden().numbers("x"), plan.input(0).begin());
  const auto &y = golden().numbers("y"), &dy = golden().numbers("dy");
  for (std::size_t i = 0; i < y.size(); ++i) plan.targets()[i] = y[i] - dy[i] * static_cast<float>(y.size()) / 2;
  plan.step(0);
  expect_near(plan.output(), y, 1e-5F, "y");
  for (const Parameter& p : parameters) {
    const std::string& of = graph[p.value].name;
    expect_near(plan.gradient(p.value), golden().numbers("d:" + of.substr(4)), 1e-4F, of);
  }
}

TEST(Ntm, one_step_a_run_answers_as_the_whole_sequence) {
  Interpreter one(machine(1));
  const auto &x = golden().numbers("x"), &y = golden().numbers("y");
  for (std::size_t n = 0; n < kBatch; ++n) {
    one.reset();
    std::vector<float> answers;
    for (std::size_t t = 0; t < kSteps; ++t) {
      one.set_input(0, bytes_of(std::span(x).subspan((n * kSteps + t) * kFeatures, kFeatures)));
      one.run();
      const auto answer = one.output(0).as<float>();
      answers.insert(answers.end(), answer.begin(), answer.end());
    }
    expect_near(answers, std::span(y).subspan(n * kSteps * kUnits, kSteps * kUnits), 1e-5F, "sequence");
  }
}

TEST(Ntm, what_cannot_be_is_refused) {
  const auto of = [](NtmLayer layer, Shape shape) {
    layer.name = "n";
    return [layer, shape] {
      Builder builder("refused");
      builder.input({.shape = shape});
      builder.append(layer);
    };
  };
  EXPECT_THAT(of({.units = 2, .slots = 2}, {3, 3}), ThrowsMessage<Error>(HasSubstr("layer 'n': slots is 2")));
  EXPECT_THAT(of({.units = 2}, {200, 3}), ThrowsMessage<Error>(HasSubstr("at most 128 are allowed")));
  EXPECT_THAT(of({.units = 2}, {3}), ThrowsMessage<Error>(HasSubstr("expected a sequence")));
}

TEST(Sequences, copies_follow_the_second_flag) {
  const Splits data = load_data("sequences:copy?bits=2&length=1-3&samples=50&test=4", {.validation = 0});
  const Dataset& training = *data.training.data;
  EXPECT_EQ(training.sample.shape, (Shape{8, 4}));
  EXPECT_EQ(data.training.size(), 50);
  EXPECT_EQ(data.test.size(), 4);
  std::array<int, 4> lengths{};
  for (std::int64_t n = 0; n < 50; ++n) {
    std::vector<float> x(8 * 4);
    to_floats(training.sample, training[n], x);
    const float* y = training.targets.data() + n * 8 * 2;
    EXPECT_EQ(x[2], 1);
    std::size_t end = 1;
    while (x[end * 4 + 3] == 0) ++end;
    ++lengths.at(end - 1);
    for (std::size_t t = 0; t < 8; ++t) {
      for (std::size_t bit = 0; bit < 2; ++bit) {
        const bool asked = t > end && t < 2 * end;
        EXPECT_EQ(y[t * 2 + bit], asked ? x[(t - end) * 4 + bit] : 0.0F) << n << " " << t;
      }
    }
  }
  EXPECT_EQ(lengths[0], 0);
  for (std::size_t length = 1; length < 4; ++length) EXPECT_GT(lengths.at(length), 5);
  for (const std::string wrong : {"sequences:copy?length=0", "sequences:copy?length=3-2", "sequences:copy?length=a",
                                  "sequences:paste", "sequences:copy?bits=100"}) {
    EXPECT_THROW(load_data(wrong, {}), Error) << wrong;
  }
}

}  // namespace
}  // namespace mirim
