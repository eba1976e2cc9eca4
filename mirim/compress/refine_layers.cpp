#include "mirim/compress/refine_layers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"
#include "mirim/compress/rounding_step.hpp"
#include "mirim/compress/steps.hpp"
#include "mirim/exec/training_plan.hpp"
#include "mirim/graph/layer_name.hpp"
#include "mirim/graph/match.hpp"
#include "mirim/ops/activation.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/ops/transpose_conv.hpp"
#include "mirim/passes/linear.hpp"
#include "mirim/passes/weighted.hpp"

namespace mirim {
namespace {

constexpr std::int64_t kBatch = 32;
constexpr std::int64_t kMostBytes = std::int64_t{512} << 20;
// Nagel et al. (2020): no pull in the first fifth, then a sharpness that falls from 20 to 2.
constexpr double kWarmUp = 0.2, kFirstSharpness = 20, kLastSharpness = 2;
constexpr float kLearningRate = 0.01F;
/// The pull of all weights together, in mean squared errors of rounding to the nearest: so it does not depend on the
/// unit of the layer.
constexpr double kPull = 1;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// What one layer sees and should answer, in rows: one of each sample, of FULLY_CONNECTED one of each sum.
struct LayerSamples {
  Shape input{};  ///< of one row
  std::int64_t rows = 0;
  std::vector<float> x{};  ///< what the integer model before it gives
  std::vector<float> y{};  ///< what the layer answers in the float model, before its activation

  std::span<const float> input_of(std::int64_t row) const { return part(x, row); }
  std::span<const float> answer_of(std::int64_t row) const { return part(y, row); }

 private:
  std::span<const float> part(const std::vector<float>& all, std::int64_t row) const {
    const std::size_t size = all.size() / at(rows);
    return std::span(all).subspan(at(row) * size, size);
  }
};

class Refiner {
 public:
  Refiner(Graph& graph, std::vector<Range>& ranges, const QuantizeOptions& quantization, std::int64_t samples,
          const std::function<void(Interpreter&, std::int64_t)>& set_inputs, const RefineOptions& options)
      : graph_(graph),
        floats_(graph),
        ranges_(ranges),
        quantization_(quantization),
        samples_(samples),
        set_inputs_(set_inputs),
        options_(options) {
    quantization_.float_io = false;
  }

  void refine(int n, const WeightForm::Grid& grid) {
    const LayerSamples samples = gather(n);
    Value& weights = graph_[graph_.nodes[at(n)].inputs[1]];
    const auto stored = weights.values<float>();
    std::vector<float> rounded(stored.begin(), stored.end());
    const RowsOf rows = rows_of(weights, linear(graph_.nodes[at(n)].op)->output_axis);
    if (options_.learn_rounding) {
      rounded = learn(n, samples, std::make_shared<RoundingStep>(grid, rows, stored));
    } else {
      GridStep(grid, rows, GridStep::Scale::fixed, stored).apply(rounded);
    }
    weights.constant = make_constant(rounded);
    if (options_.correct_bias) correct_bias(n, samples);
  }

 private:
  /// The layer alone, for one row, without its activation unless `whole`.
  Graph alone(int n, const Shape& input, bool whole) const {
    Graph layer;
    Node node = graph_.nodes[at(n)];
    layer.inputs = {layer.add(Value{.name = "x", .type = {DType::float32, input}})};
    std::vector<ValueId> ids = layer.inputs;
    for (std::size_t i = 1; i < node.inputs.size(); ++i) {
      ids.push_back(node.inputs[i] == kNoValue ? kNoValue : layer.add(graph_[node.inputs[i]]));
      if (i > 1 && ids[i] != kNoValue) layer[ids[i]].extras[std::string(kFrozen)] = {};
    }
    if (!whole) set_fused_activation(node.op, 0);
    layer.outputs = {layer.add(std::move(node.op), std::move(ids), short_layer_name(graph_, node))};
    return layer;
  }

  /// Runs both models up to layer n.
  LayerSamples gather(int n) const {
    const Node& node = graph_.nodes[at(n)];
    const ValueId input = node.inputs[0], output = node.outputs[0];
    Graph floats = floats_;
    set_fused_activation(floats.nodes[at(n)].op, 0);
    const auto [integers, place] = quantized(output);
    const ValueId integer_input = integers.nodes[at(place)].inputs[0];
    const std::int64_t in = graph_[input].type.shape.elements(), out = graph_[output].type.shape.elements();
    const std::int64_t bytes = (in + out) * static_cast<std::int64_t>(sizeof(float));
    const std::int64_t count = std::min(samples_, std::max<std::int64_t>(1, kMostBytes / bytes));

    LayerSamples samples{.input = graph_[input].type.shape, .rows = count};
    if (node.op.is<FullyConnected>()) {
      samples.input = Shape({1, graph_[node.inputs[1]].type.shape[1]});
      samples.rows = count * (in / samples.input[1]);
    }
    samples.x.resize(at(count * in));
    samples.y.resize(at(count * out));
    for_each_sample(floats, count, options_.threads, [&](Interpreter& run, std::int64_t s) {
      feed(run, s);
      run.run(n + 1);
      std::ranges::copy(run.value(output).as<float>(), samples.y.begin() + s * out);
    });
    const Quantization& q = integers[integer_input].quantization;
    for_each_sample(integers, count, options_.threads, [&](Interpreter& run, std::int64_t s) {
      feed(run, s);
      run.run(place);
      const auto to_reals = [&](auto from) {
        std::ranges::transform(from, samples.x.begin() + s * in,
                               [&](auto i) { return q.scale[0] * static_cast<float>(i - q.zero_point[0]); });
      };
      const ConstTensorView x = run.value(integer_input);
      if (x.dtype() == DType::int16) {
        to_reals(x.as<std::int16_t>());
      } else {
        to_reals(x.as<std::int8_t>());
      }
    });
    return samples;
  }

  void feed(Interpreter& run, std::int64_t sample) const {
    run.reset();
    set_inputs_(run, sample);
  }

  /// The integer model of what was decided so far, and its node that makes `output`.
  std::pair<Graph, int> quantized(ValueId output) const {
    Graph copy = graph_;
    // Ids change on the way, and names in a file may stand twice.
    for (std::size_t i = 0; i < copy.values.size(); ++i) copy.values[i].name = fmt::format("v{}", i);
    const std::string name = copy[output].name;
    quantize(copy, ranges_, quantization_);
    const auto made = std::ranges::find_if(
        copy.nodes, [&](const Node& node) { return !node.outputs.empty() && copy[node.outputs[0]].name == name; });
    const auto place = static_cast<int>(made - copy.nodes.begin());
    return {std::move(copy), place};
  }

  std::vector<float> learn(int n, const LayerSamples& samples, const std::shared_ptr<RoundingStep>& step) const {
    const Graph layer = alone(n, samples.input, true);
    const ValueId weights = layer.nodes[0].inputs[1];
    TrainingPlan plan(layer, {.batch = kBatch,
                              .threads = options_.threads,
                              .loss = {.kind = Loss::Kind::mean_squared_error},
                              .parametrisations = {{weights, {step}}}});
    const ActivationRange range = activation_range(
        layer.nodes[0].op.name(), static_cast<Activation>(fused_activation(layer.nodes[0].op).value_or(0)));
    Random random(options_.seed + static_cast<std::uint64_t>(n));
    const auto draw = [&] {
      const std::span<float> x = plan.input(0), y = plan.targets();
      for (std::int64_t b = 0; b < kBatch; ++b) {
        const std::int64_t row = random.below(samples.rows);
        const auto from = samples.input_of(row), to = samples.answer_of(row);
        std::ranges::copy(from, x.begin() + b * static_cast<std::int64_t>(from.size()));
        std::ranges::transform(to, y.begin() + b * static_cast<std::int64_t>(to.size()),
                               [&](float answer) { return range.clamp(answer); });
      }
    };
    const double error = error_of_nearest(layer, samples, step->rounded(), range);
    const double pull = kPull * error / static_cast<double>(std::max<std::int64_t>(1, step->free()));
    for (std::int64_t s = 0; s < options_.steps; ++s) {
      const double t = static_cast<double>(s) / static_cast<double>(options_.steps);
      const double late = std::max(0.0, (t - kWarmUp) / (1 - kWarmUp));
      step->pull(t < kWarmUp ? 0.0F : static_cast<float>(pull),
                 static_cast<float>(kFirstSharpness + (kLastSharpness - kFirstSharpness) * late));
      draw();
      if (!std::isfinite(plan.step(kLearningRate))) {
        fail("layer '{}': learning its rounding met a number that is not finite", layer.nodes[0].name);
      }
    }
    return step->rounded();
  }

  /// Mean squared error of the layer's answers with these weights, over at most 256 rows.
  static double error_of_nearest(Graph layer, const LayerSamples& samples, const std::vector<float>& weights,
                                 const ActivationRange& range) {
    layer[layer.nodes[0].inputs[1]].constant = make_constant(weights);
    Interpreter run(std::move(layer));
    double sum = 0, count = 0;
    for (std::int64_t row = 0; row < std::min<std::int64_t>(256, samples.rows); ++row) {
      std::ranges::copy(samples.input_of(row), run.input(0).as<float>().begin());
      run.run();
      const auto y = run.output(0).as<float>();
      const auto wanted = samples.answer_of(row);
      for (std::size_t i = 0; i < y.size(); ++i) {
        const double error = static_cast<double>(y[i]) - static_cast<double>(range.clamp(wanted[i]));
        sum += error * error;
        ++count;
      }
    }
    return sum / std::max(1.0, count);
  }

  /// bias[c] += mean over samples and positions of (float answer - rounded answer), before the activation.
  void correct_bias(int n, const LayerSamples& samples) {
    Interpreter run(alone(n, samples.input, false));
    const std::int64_t channels = output_channels(graph_, graph_.nodes[at(n)]);
    std::vector<double> missing(at(channels), 0.0);
    for (std::int64_t row = 0; row < samples.rows; ++row) {
      std::ranges::copy(samples.input_of(row), run.input(0).as<float>().begin());
      run.run();
      const auto y = run.output(0).as<float>();
      const auto wanted = samples.answer_of(row);
      for (std::size_t i = 0; i < y.size(); ++i) {
        missing[i % at(channels)] += static_cast<double>(wanted[i]) - static_cast<double>(y[i]);
      }
    }
    const double each = static_cast<double>(samples.y.size()) / static_cast<double>(channels);
    for (double& m : missing) m /= each;
    add_to_bias(graph_, graph_.nodes[at(n)], missing);
    ranges_.resize(graph_.values.size());
  }

  Graph& graph_;
  const Graph floats_;
  std::vector<Range>& ranges_;
  QuantizeOptions quantization_;
  std::int64_t samples_;
  const std::function<void(Interpreter&, std::int64_t)>& set_inputs_;
  const RefineOptions& options_;
};

/// Whether the layer can be compared alone: it reads input 0, its weights are its own and have no shared numbers.
bool can_be_refined(const Graph& graph, const Links& links, const Node& node, const WeightForm::Grid& grid) {
  if (!has_float_weights(graph, node) || !grid.has_zero || node.op.is<TransposeConv>()) return false;
  const Value& weights = graph[node.inputs[1]];
  const bool own = links.readers(node.inputs[1]).size() == 1;
  const bool own_bias =
      node.inputs.size() < 3 || node.inputs[2] == kNoValue || links.readers(node.inputs[2]).size() == 1;
  return own && own_bias && !(weights.form && weights.form->codebook) &&
         is_interval(static_cast<Activation>(fused_activation(node.op).value_or(0)));
}

}  // namespace

void refine_layers(Graph& graph, std::vector<Range>& ranges, const QuantizeOptions& quantization,
                   const std::map<ValueId, WeightForm::Grid>& grids, std::int64_t samples,
                   const std::function<void(Interpreter&, std::int64_t sample)>& set_inputs,
                   const RefineOptions& options) {
  if (samples < 1) fail("refining layers needs at least one sample");
  if (options.steps < 1) fail("{} steps of learning a rounding; at least 1", options.steps);
  const Links links(graph);
  std::vector<std::pair<int, WeightForm::Grid>> layers;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    const auto grid = node.inputs.size() > 1 ? grids.find(node.inputs[1]) : grids.end();
    if (grid != grids.end() && can_be_refined(graph, links, node, grid->second)) {
      layers.emplace_back(static_cast<int>(n), grid->second);
    }
  }
  Refiner refiner(graph, ranges, quantization, samples, set_inputs, options);
  for (const auto& [n, grid] : layers) {
    if (options.stop && options.stop()) fail("interrupted");
    refiner.refine(n, grid);
  }
}

}  // namespace mirim
