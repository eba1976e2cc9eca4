#include "mirim/compress/refine_layers.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "mirim/base/random.hpp"
#include "mirim/graph/text.hpp"
#include "mirim/ops/all.hpp"

namespace mirim {
namespace {

constexpr std::int64_t kSamples = 256;

/// Inputs that depend on each other, so that rounding errors can cancel.
void feed(Interpreter& interpreter, std::int64_t sample) {
  Random random(static_cast<std::uint64_t>(sample) + 1);
  const float common = random.normal();
  const auto write = [&](auto to, auto convert) {
    for (auto& x : to) x = convert(1 + common + 0.3F * random.normal());
  };
  const TensorView input = interpreter.input(0);
  if (input.dtype() == DType::float32) return write(input.as<float>(), [](float x) { return x; });
  const Quantization& q = *input.quantization;
  write(input.as<std::int8_t>(), [&](float x) {
    const float steps = std::round(x / q.scale[0]) + static_cast<float>(q.zero_point[0]);
    return static_cast<std::int8_t>(std::clamp(steps, -128.0F, 127.0F));
  });
}

Graph layer(std::string_view bias) {
  return parse_graph(fmt::format(R"(graph "" (%x: float32[1x8]) -> (%y) {{
    %w: float32[1x8] = [0.31, -0.72, 1.45, 0.55, -1.4, 0.44, 2.42, -0.61]
    {}
  }})",
                                 bias),
                     all_operators());
}

Graph with_bias() { return layer("%b: float32[1] = [0.2]\n%y: float32[1x1] = FULLY_CONNECTED(%x, %w, %b)"); }

std::vector<Range> ranges_of(const Graph& graph) { return calibrate(graph, kSamples, feed); }

const std::map<ValueId, WeightForm::Grid> kGrid{{1, {.least = -7, .most = 7, .scale = {1}}}};

std::vector<float> answers(const Graph& graph, const std::vector<float>* weights = nullptr) {
  Graph copy = graph;
  if (weights) copy[copy.nodes[0].inputs[1]].constant = make_constant(*weights);
  Interpreter run(copy);
  std::vector<float> all;
  for (std::int64_t s = 0; s < kSamples; ++s) {
    feed(run, s);
    run.run();
    all.push_back(run.output(0).as<float>()[0]);
  }
  return all;
}

double squared_error(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double d = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum += d * d;
  }
  return sum / static_cast<double>(a.size());
}

TEST(RefineLayers, learnt_rounding_is_near_the_best_of_all_256) {
  Graph graph = with_bias();
  const std::vector<float> floats = answers(graph);
  const auto stored = graph[1].values<float>();
  double best = std::numeric_limits<double>::infinity();
  for (int choice = 0; choice < 256; ++choice) {
    std::vector<float> weights;
    for (std::size_t i = 0; i < 8; ++i) weights.push_back(std::floor(stored[i]) + static_cast<float>(choice >> i & 1));
    best = std::min(best, squared_error(floats, answers(graph, &weights)));
  }
  std::vector<float> nearest;
  for (const float w : stored) nearest.push_back(std::round(w));
  const double of_nearest = squared_error(floats, answers(graph, &nearest));

  std::vector<Range> ranges = ranges_of(graph);
  refine_layers(graph, ranges, {}, kGrid, kSamples, feed, {.learn_rounding = true, .steps = 1500});
  for (const float w : graph[graph.nodes[0].inputs[1]].values<float>()) EXPECT_EQ(w, std::round(w));
  const double learnt = squared_error(floats, answers(graph));
  EXPECT_LT(learnt, 0.5 * of_nearest);
  EXPECT_LE(learnt, 1.5 * best) << "nearest " << of_nearest;
}

TEST(RefineLayers, corrected_bias_makes_the_means_equal) {
  for (const bool has_bias : {true, false}) {
    Graph graph = has_bias ? with_bias() : layer("%y: float32[1x1] = FULLY_CONNECTED(%x, %w)");
    const std::vector<float> floats = answers(graph);
    std::vector<Range> ranges = ranges_of(graph);
    refine_layers(graph, ranges, {}, kGrid, kSamples, feed, {.correct_bias = true});
    EXPECT_EQ(ranges.size(), graph.values.size());
    const std::vector<float> now = answers(graph);
    double missing = 0;
    for (std::size_t i = 0; i < now.size(); ++i)
      missing += static_cast<double>(floats[i]) - static_cast<double>(now[i]);
    // The inputs that it was measured with were rounded to int8: a step is about 0.03, its mean error far less.
    EXPECT_NEAR(missing / kSamples, 0, 0.02);
  }
}

}  // namespace
}  // namespace mirim
