#include "mirim/recipe/quantize_job.hpp"

#include "mirim/base/error.hpp"
#include "mirim/base/spelling.hpp"
#include "mirim/passes/calibrate.hpp"
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

}  // namespace

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
  prepare_for_quantization(graph, {.raw_bytes = raw_bytes});
  const Subset samples = calibration.first(settings.samples);
  const std::vector<Range> ranges = calibrate(
      graph, samples.size(),
      [&](Interpreter& interpreter, std::int64_t i) {
        set_sample(interpreter, 0, samples.data->sample, samples.sample(i));
      },
      options);
  QuantizeOptions how{.float_io = settings.float_io};
  if (raw_bytes) how.input = Quantization{.scale = {1.0F}, .zero_point = {-128}};
  mirim::quantize(graph, ranges, how);
  return graph;
}

}  // namespace mirim
