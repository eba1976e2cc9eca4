#include "mirim/recipe/aware_training.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"
#include "mirim/exec/interpreter.hpp"
#include "tests/exec/networks.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr std::int64_t kBatch = 8;

/// A residual block between a convolution and a dense layer, activations fused as prepare_for_quantization has them.
Graph residual() {
  networks::Net net({1, 8, 8, 3});
  net.conv(16, 3, 3, {}, Activation::relu);
  const ValueId skip = net.at;
  net.conv(16, 3, 3, {}, Activation::relu).conv(16, 3, 3);
  return net.add(skip, Activation::relu).global_average().dense(10).done();
}

void fill(std::span<float> x, std::uint64_t seed) {
  Random random(seed);
  for (float& v : x) v = random.normal();
}

std::vector<Range> calibrated(const Graph& graph) {
  return calibrate(graph, 50, [](Interpreter& interpreter, std::int64_t sample) {
    fill(interpreter.input(0).as<float>(), static_cast<std::uint64_t>(1000 + sample));
  });
}

/// Trains for a while; returns the largest and the mean difference of logits between the plan and the integer model, in
/// steps of the integers.
std::pair<double, double> departure(const GridSettings& settings) {
  Graph graph = residual();
  const AwareTraining aware(graph, calibrated(graph), {}, settings);
  const Shaping shaping = aware.shaping();
  TrainingPlan plan(graph, {.batch = kBatch, .parametrisations = shaping.parametrisations, .grids = shaping.grids});
  for (std::uint64_t s = 0; s < 60; ++s) {
    fill(plan.input(0), s);
    for (std::size_t i = 0; i < plan.labels().size(); ++i) {
      plan.labels()[i] = static_cast<std::int32_t>((s * 7 + i * 3) % 10);
    }
    shaping.before_step(plan, 0, 1);
    EXPECT_TRUE(std::isfinite(plan.step(0.001F)));
  }
  shaping.before_step(plan, 0, 1);
  plan.store(graph);
  aware.finish(graph);
  Graph integers = graph;
  quantize(integers, aware.ranges(plan.ranges()), {});
  Interpreter interpreter(integers);
  const Quantization input = interpreter.input(0).type ? *interpreter.input(0).quantization : Quantization{};
  double largest = 0, sum = 0, count = 0;
  for (std::uint64_t s = 200; s < 230; ++s) {
    fill(plan.input(0), s);
    plan.evaluate(kBatch);
    const std::size_t size = plan.input(0).size() / kBatch;
    for (std::size_t n = 0; n < kBatch; ++n) {
      const auto to = interpreter.input(0).as<std::int8_t>();
      for (std::size_t i = 0; i < size; ++i) {
        const float steps =
            std::nearbyint(plan.input(0)[n * size + i] / input.scale[0]) + static_cast<float>(input.zero_point[0]);
        to[i] = static_cast<std::int8_t>(std::clamp(steps, -128.0F, 127.0F));
      }
      interpreter.run();
      const ConstTensorView out = interpreter.output(0);
      const Quantization& q = *out.quantization;
      for (std::size_t c = 0; c < 10; ++c) {
        const double integer = static_cast<double>(out.as<std::int8_t>()[c] - q.zero_point[0]);
        const double there = static_cast<double>(plan.output()[n * 10 + c]) / static_cast<double>(q.scale[0]);
        largest = std::max(largest, std::fabs(integer - there));
        sum += std::fabs(integer - there);
        ++count;
      }
    }
  }
  return {largest, sum / count};
}

class AwareRanges : public testing::TestWithParam<const char*> {};

TEST_P(AwareRanges, the_integer_model_says_what_training_says) {
  for (const char* weights : {"8", "4", "ternary"}) {
    const auto [largest, mean] =
        departure({.weights = weights, .layers = "", .weight_scale = "auto", .ranges = GetParam()});
    // Sums of the integer model are rounded where float sums of the same numbers are not quite ties.
    std::printf("%s %s largest %.2f mean %.3f\n", GetParam(), weights, largest, mean);
    EXPECT_LE(largest, 3) << weights;
    EXPECT_LE(mean, 0.35) << weights;
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, AwareRanges, testing::Values("fixed", "average", "learnt"));

}  // namespace
}  // namespace mirim
