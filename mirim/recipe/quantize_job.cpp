#include "mirim/recipe/quantize_job.hpp"

#include <algorithm>
#include <limits>

#include "mirim/base/error.hpp"
#include "mirim/base/spelling.hpp"
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

/// What each channel of input 0 takes over the samples.
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

Graph quantize(Graph graph, const Subset& calibration, const QuantizeSettings& settings) {
  if (settings.samples < 1) fail("samples is {}; calibration needs at least 1", settings.samples);
  const CalibrationOptions options{.method = method(settings.calibration), .percentile = settings.percentile};
  for (const ValueId id : graph.inputs) {
    if (graph[id].type.dtype != DType::float32) {
      fail("input '{}' is {}; only a float32 model can be quantized", graph[id].name, name(graph[id].type.dtype));
    }
  }
  require_samples_fit(graph, *calibration.data);
  // Bytes feed the model as they are: int8 = byte - 128 whatever the calibration samples held.
  const bool raw_bytes = calibration.data->sample.dtype == DType::uint8;
  if (raw_bytes) put_in_input_scaling(graph);
  // The largest of several classes must be the largest integer: one scale for all of them.
  if (calibration.data->labels.empty()) take_out_output_scaling(graph);
  prepare_for_quantization(graph, {.raw_bytes = raw_bytes, .outside_scaling = !raw_bytes});
  const Subset samples = calibration.first(settings.samples);
  if (!raw_bytes && graph.inputs.size() == 1 && samples.size() > 0) {
    scale_unlike_features(graph, feature_ranges(graph, samples));
  }
  const std::vector<Range> ranges = calibrate(
      graph, samples.size(),
      [&](Interpreter& interpreter, std::int64_t i) {
        set_sample(interpreter, 0, samples.data->sample, samples.sample(i));
      },
      options);
  QuantizeOptions how{.float_io = settings.float_io};
  if (raw_bytes) how.input = Quantization{.scale = {1.0F}, .zero_point = {-128}};
  mirim::quantize(graph, ranges, how);
  if (settings.float_io) {
    put_in_input_scaling(graph);
    put_in_output_scaling(graph);
  }
  return graph;
}

/// The names of a signature for the inputs or outputs that now stand in the places of the old ones.
void rename(std::vector<std::pair<std::string, ValueId>>& names, const std::vector<ValueId>& old,
            const std::vector<ValueId>& now) {
  for (auto& [name, id] : names) {
    const auto place = std::ranges::find(old, id) - old.begin();
    if (place < std::ssize(now)) id = now[static_cast<std::size_t>(place)];
  }
}

}  // namespace

Model quantize(Model model, const Subset& calibration, const QuantizeSettings& settings) {
  const std::vector<ValueId> inputs = model.main().inputs, outputs = model.main().outputs;
  model.graphs.resize(1);
  model.main() = quantize(std::move(model.main()), calibration, settings);
  std::erase_if(model.signatures, [](const Signature& signature) { return signature.graph != 0; });
  for (Signature& signature : model.signatures) {
    rename(signature.inputs, inputs, model.main().inputs);
    rename(signature.outputs, outputs, model.main().outputs);
  }
  model.metadata.erase(std::string(kBatchNormMetadata));  // is in the weights now
  return model;
}

}  // namespace mirim
