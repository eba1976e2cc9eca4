#include "mirim/recipe/quantize_job.hpp"

#include <algorithm>
#include <limits>

#include "mirim/base/error.hpp"
#include "mirim/base/spelling.hpp"
#include "mirim/ops/dequantize.hpp"
#include "mirim/ops/quantize.hpp"
#include "mirim/passes/batch_norm_metadata.hpp"
#include "mirim/passes/calibrate.hpp"
#include "mirim/passes/outside_scaling.hpp"
#include "mirim/passes/prepare_for_quantization.hpp"
#include "mirim/passes/quantize.hpp"
#include "mirim/train/evaluate.hpp"
#include "mirim/train/task.hpp"

namespace mirim {
namespace {

CalibrationMethod method(const std::string& name) {
  if (name == "minmax") return CalibrationMethod::min_max;
  if (name == "percentile") return CalibrationMethod::percentile;
  if (name == "mse") return CalibrationMethod::mean_squared_error;
  fail("calibration '{}' is unknown; {}", name, suggestion(name, {"minmax", "percentile", "mse"}));
}

/// The range of each channel of input 0 over the samples.
std::vector<Range> feature_ranges(const Graph& graph, const Subset& samples) {
  Graph input;
  input.inputs = {input.add(graph[graph.inputs[0]])};
  input.outputs = input.inputs;
  Interpreter interpreter(std::move(input));
  const auto channels = static_cast<std::size_t>(graph[graph.inputs[0]].type.shape.back());
  std::vector<Range> ranges(channels, {std::numeric_limits<float>::max(), std::numeric_limits<float>::lowest()});
  for (std::int64_t s = 0; s < samples.size(); ++s) {
    set_sample(interpreter, 0, samples.data->sample, samples.sample(s));
    const auto values = interpreter.output(0).as<float>();
    for (std::size_t i = 0; i < values.size(); ++i) {
      Range& range = ranges[i % channels];
      range = {std::min(range.min, values[i]), std::max(range.max, values[i])};
    }
  }
  return ranges;
}

bool is_integer(const Value& value) {
  const DType dtype = value.type.dtype;
  return !value.is_constant() && !value.quantization.empty() &&
         (dtype == DType::int8 || dtype == DType::uint8 || dtype == DType::int16);
}

/// Throws Error if layers are already integer, with their share of the model.
void require_float(const Graph& graph) {
  std::int64_t integers = 0;
  std::string_view dtype;
  for (const Node& node : graph.nodes) {
    const auto first =
        std::ranges::find_if(node.outputs, [&](ValueId id) { return id != kNoValue && is_integer(graph[id]); });
    if (first == node.outputs.end()) continue;
    ++integers;
    dtype = name(graph[*first].type.dtype);
  }
  if (integers == 0) return;
  const auto is_conversion = [](const Node& n) { return n.op.is<Quantize>() || n.op.is<Dequantize>(); };
  const auto conversions = std::ranges::count_if(graph.nodes, is_conversion);
  const auto all = static_cast<std::int64_t>(graph.nodes.size());
  if (integers + conversions >= all) fail("the model is {} already: there is nothing to quantize", dtype);
  fail("{} of the model's {} layers are {} already; quantize takes the float model that it was made of", integers, all,
       dtype);
}

struct QuantizedGraph {
  Graph graph;
  QuantizationCheck check;
  std::string history = "[]";
};

/// Trains the prepared graph with the rounding of the integer model; `ranges` become those of its training.
std::string train_aware(Graph& graph, std::vector<Range>& ranges, const Splits& data, const QuantizeOptions& how,
                        const QuantizeSettings& settings, const VerbWork& work) {
  const AwareTraining aware(graph, ranges, how, settings.grids);
  if (settings.train.epochs == 0) {
    aware.finish(graph);
    return "[]";
  }
  if (settings.train.normalize != "none") fail("--normalize is for the first training of a model");
  // The scaling of inputs and outputs is inside while it trains: the data are raw.
  Graph inside = graph;
  put_in_input_scaling(inside);
  put_in_output_scaling(inside);
  FineTuned tuned = fine_tune(std::move(inside), data, settings.train, work, aware.shaping(), settings.teaching);
  for (std::size_t i = 0; i < graph.values.size(); ++i) {
    Value& value = graph.values[i];
    if (value.is_constant() && value.type.dtype == DType::float32) value.constant = tuned.graph.values[i].constant;
  }
  aware.finish(graph);
  ranges = aware.ranges(tuned.ranges);
  return tuned.history;
}

QuantizedGraph quantize(Graph graph, const Splits& data, const QuantizeSettings& settings, const VerbWork& work) {
  const Subset& calibration = data.training;
  check_fine_tuning(settings.train);
  if (settings.samples < 1) fail("samples is {}; calibration needs at least 1", settings.samples);
  const CalibrationOptions options{.method = method(settings.calibration), .percentile = settings.percentile};
  require_float(graph);
  for (const ValueId id : graph.inputs) {
    if (graph[id].type.dtype != DType::float32) {
      fail("input '{}' is {}; only a float32 model can be quantized", graph[id].name, name(graph[id].type.dtype));
    }
  }
  require_samples_fit(graph, *calibration.data);
  // The model takes raw bytes: int8 = byte - 128, independent of the calibration samples.
  const bool raw_bytes = calibration.data->sample.dtype == DType::uint8;
  if (raw_bytes) put_in_input_scaling(graph);
  // The largest of several classes must be the largest integer, so they need one scale.
  if (calibration.data->labels.empty()) take_out_output_scaling(graph);
  prepare_for_quantization(graph, {.raw_bytes = raw_bytes, .outside_scaling = !raw_bytes});
  const Subset samples = calibration.first(settings.samples);
  const Feed feed = [&](Interpreter& interpreter, std::int64_t i) {
    set_sample(interpreter, 0, samples.data->sample, samples.sample(i));
  };
  if (!raw_bytes && graph.inputs.size() == 1 && samples.size() > 0) {
    scale_unlike_features(graph, feature_ranges(graph, samples));
  }
  std::vector<Range> ranges = calibrate(graph, samples.size(), feed, options);
  QuantizeOptions how{.float_io = settings.float_io};
  if (raw_bytes) how.input = Quantization{.scale = {1.0F}, .zero_point = {-128}};
  QuantizedGraph result;
  const bool plain = settings.train.epochs == 0 && settings.grids.weights == "8" && settings.grids.layers.empty();
  if (!plain) result.history = train_aware(graph, ranges, data, how, settings, work);
  result.graph = graph;
  mirim::quantize(result.graph, ranges, how);
  result.check = check_quantization(graph, result.graph, samples.size(), feed, !raw_bytes);
  if (settings.float_io) {
    put_in_input_scaling(result.graph);
    put_in_output_scaling(result.graph);
    remove_unused_values(result.graph);
  }
  return result;
}

/// Updates a signature's names for the inputs or outputs that replaced the old ones.
void rename(std::vector<std::pair<std::string, ValueId>>& names, const std::vector<ValueId>& old,
            const std::vector<ValueId>& now) {
  for (auto& [name, id] : names) {
    const auto place = std::ranges::find(old, id) - old.begin();
    if (place < std::ssize(now)) id = now[static_cast<std::size_t>(place)];
  }
}

}  // namespace

Quantized quantize(Model model, const Splits& data, const QuantizeSettings& settings, const VerbWork& work) {
  const std::vector<ValueId> inputs = model.main().inputs, outputs = model.main().outputs;
  model.graphs.resize(1);
  QuantizedGraph result = quantize(std::move(model.main()), data, settings, work);
  model.main() = std::move(result.graph);
  std::erase_if(model.signatures, [](const Signature& signature) { return signature.graph != 0; });
  for (Signature& signature : model.signatures) {
    rename(signature.inputs, inputs, model.main().inputs);
    rename(signature.outputs, outputs, model.main().outputs);
  }
  model.metadata.erase(std::string(kBatchNormMetadata));  // is in the weights now
  return {std::move(model), std::move(result.check), std::move(result.history)};
}

}  // namespace mirim
