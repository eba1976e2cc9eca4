// The layer of spiking units, against plain numpy (tests/zoo/peers/liquid.py).
#include <gmock/gmock.h>

#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/exec/parameters.hpp"
#include "mirim/passes/calibrate.hpp"
#include "mirim/passes/prepare_for_quantization.hpp"
#include "mirim/passes/quantize.hpp"
#include "mirim/passes/tabulate.hpp"
#include "mirim/train/sample_numbers.hpp"
#include "mirim/zoo/layers/all.hpp"
#include "tests/zoo/golden.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr std::int64_t kUnits = 12, kFeatures = 3, kSteps = 10, kSegments = 4, kSamples = 3;

Graph liquid(const LiquidLayer& layer, std::int64_t steps = kSteps) {
  Builder builder("liquid", 3);
  builder.input({.shape = {steps, kFeatures}});
  builder.append(layer);
  return builder.build();
}

Value& named(Graph& graph, const std::string& name) {
  const auto found = std::ranges::find(graph.values, name, &Value::name);
  if (found == graph.values.end()) throw std::runtime_error("no value " + name);
  return *found;
}

std::vector<float> run(Interpreter& interpreter, std::span<const float> x) {
  interpreter.set_input(0, bytes_of(x));
  interpreter.run();
  const auto y = interpreter.output(0).as<float>();
  return {y.begin(), y.end()};
}

TEST(Liquid, spikes_are_those_of_numpy_for_each_sample) {
  const Golden golden("liquid");
  Graph graph = liquid({.units = kUnits, .segments = kSegments, .leak = 0.75F, .name = "liquid"});
  for (const std::string part : {"input_weights", "weights"}) {
    named(graph, "liquid/" + part).constant = make_constant(golden.numbers(part));
  }
  Interpreter interpreter(graph);
  const auto& x = golden.numbers("x");
  const auto& counts = golden.numbers("counts");
  for (std::size_t sample = 0; sample < kSamples; ++sample) {
    const auto y = run(interpreter, std::span(x).subspan(sample * kSteps * kFeatures, kSteps * kFeatures));
    ASSERT_EQ(y.size(), static_cast<std::size_t>(kSegments * kUnits));
    for (std::size_t i = 0; i < y.size(); ++i) {
      EXPECT_NEAR(y[i] * y[i], counts[sample * y.size() + i], 1e-5F) << sample << " " << i;
    }
  }
}

TEST(Liquid, chance_makes_it_and_nothing_trains_it) {
  Graph graph = liquid({.units = 100, .density = 0.2F, .inhibitory = 0.25F, .name = "liquid"});
  EXPECT_TRUE(trainable_parameters(graph).empty());
  const auto w = named(graph, "liquid/weights").values<float>();
  int joined = 0;
  for (std::size_t to = 0; to < 100; ++to) {
    for (std::size_t of = 0; of < 100; ++of) {
      const float weight = w[to * 100 + of];
      joined += weight != 0;
      EXPECT_TRUE(of < 25 ? weight <= 0 : weight >= 0) << to << " " << of;
      EXPECT_TRUE(to != of || weight == 0) << to;
    }
  }
  EXPECT_NEAR(joined, 0.2 * 9900, 150);  // deviation 40
}

// A unit with the drive 0.6 and the leak 0.5: 0.6, 0.9, 1.05: a spike in each third step.
TEST(Liquid, a_constant_drive_spikes_regularly) {
  Graph graph = liquid({.units = 1, .segments = 3, .leak = 0.5F, .name = "liquid"}, 9);
  named(graph, "liquid/input_weights").constant = make_constant(std::vector<float>{0.6F, 0, 0});
  Interpreter interpreter(graph);
  EXPECT_THAT(run(interpreter, std::vector<float>(27, 1.0F)), testing::ElementsAre(1, 1, 1));
}

TEST(Liquid, its_integers_count_nearly_the_same_spikes) {
  Graph graph = liquid({.units = 60, .segments = 2, .name = "liquid"}, 24);
  Random random(4);
  std::vector<std::vector<float>> samples(40, std::vector<float>(24 * kFeatures));
  for (auto& sample : samples) {
    for (float& v : sample) v = random.normal();
  }
  Graph integers = graph;
  const auto set = [&](Interpreter& at, std::int64_t i) {
    at.set_input(0, bytes_of(samples[static_cast<std::size_t>(i)]));
  };
  prepare_for_quantization(integers);
  const auto ranges = calibrate(integers, std::ssize(samples), set);
  quantize(integers, ranges);
  tabulate(integers);  // the square root, as on the device
  for (const Node& node : integers.nodes) {
    for (const ValueId id : node.outputs) EXPECT_NE(integers[id].type.dtype, DType::float32) << integers[id].name;
  }
  Interpreter floats(graph), device(integers);
  double total = 0, wrong = 0;
  for (const auto& sample : samples) {
    const auto expected = run(floats, sample);
    set_sample(device, 0, {DType::float32, {24, kFeatures}}, bytes_of(sample));
    device.run();
    const auto found = reals(device.output(0));
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const double count = std::round(expected[i] * expected[i]);
      total += count;
      wrong += std::fabs(std::round(found[i] * found[i]) - count);
    }
  }
  EXPECT_GT(total, 5000);
  EXPECT_LT(wrong / total, 0.1);
}

TEST(Liquid, what_cannot_be_is_refused) {
  const auto of = [](LiquidLayer layer) {
    layer.name = "l";
    return [layer] { liquid(layer); };
  };
  EXPECT_THAT(of({.units = 0}), ThrowsMessage<Error>(HasSubstr("layer 'l': units is 0")));
  EXPECT_THAT(of({.units = 5, .segments = 11}), ThrowsMessage<Error>(HasSubstr("from 1 to 10 steps")));
  EXPECT_THAT(of({.units = 5, .leak = 1}), ThrowsMessage<Error>(HasSubstr("leak is 1; it must be from 0 to below 1")));
  EXPECT_THAT(of({.units = 5, .threshold = 0}), ThrowsMessage<Error>(HasSubstr("threshold")));
  EXPECT_THAT(of({.units = 5, .density = 0}), ThrowsMessage<Error>(HasSubstr("density")));
  EXPECT_THAT(of({.units = 5, .inhibitory = 2}), ThrowsMessage<Error>(HasSubstr("inhibitory")));
}

}  // namespace
}  // namespace mirim
