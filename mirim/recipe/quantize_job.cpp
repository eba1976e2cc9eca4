#include "mirim/recipe/quantize_job.hpp"

#include <algorithm>
#include <limits>

#include "mirim/base/error.hpp"
#include "mirim/compress/refine_layers.hpp"
#include "mirim/data/convert.hpp"
#include "mirim/graph/calls.hpp"
#include "mirim/graph/random_input.hpp"
#include "mirim/graph/signatures.hpp"
#include "mirim/ops/dequantize.hpp"
#include "mirim/ops/quantize.hpp"
#include "mirim/passes/batch_norm_metadata.hpp"
#include "mirim/passes/calibrate.hpp"
#include "mirim/passes/equalize.hpp"
#include "mirim/passes/expand_recurrent.hpp"
#include "mirim/passes/float16_weights.hpp"
#include "mirim/passes/fold_batch_norm.hpp"
#include "mirim/passes/fuse_activation.hpp"
#include "mirim/passes/fuse_pad.hpp"
#include "mirim/passes/outside_scaling.hpp"
#include "mirim/passes/prepare_for_quantization.hpp"
#include "mirim/passes/quantize.hpp"
#include "mirim/passes/recognise_recurrent.hpp"
#include "mirim/passes/resolve_variables.hpp"
#include "mirim/passes/simplify.hpp"
#include "mirim/passes/store_calls.hpp"
#include "mirim/passes/store_variables.hpp"
#include "mirim/recipe/parsed.hpp"
#include "mirim/train/sample_numbers.hpp"
#include "mirim/train/task.hpp"

namespace mirim {
namespace {

constexpr std::array kMethods = {
    std::pair<std::string_view, CalibrationMethod>("minmax", CalibrationMethod::min_max),
    std::pair<std::string_view, CalibrationMethod>("percentile", CalibrationMethod::percentile),
    std::pair<std::string_view, CalibrationMethod>("mse", CalibrationMethod::mean_squared_error)};

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

/// Throws Error where calibration would see no range at all.
void require_something(const Subset& samples) {
  const auto is_zero = [](std::byte b) { return b == std::byte{0}; };
  for (std::int64_t i = 0; i < samples.size(); ++i) {
    if (!std::ranges::all_of(samples.sample(i), is_zero)) return;
  }
  if (samples.size() == 0) return;
  fail("the {} samples for the calibration are all 0: no range of a layer can be seen in them; give other --data",
       samples.size());
}

struct QuantizedGraph {
  Graph graph;
  QuantizationCheck check;
  std::string history = "[]";
  std::vector<LayerBits> bits{};
  std::vector<StaysFloat> stays_float{};
};

/// Trains the prepared graph with the rounding of the integer model; `ranges` become those of its training.
std::string train_aware(Graph& graph, std::vector<Range>& ranges, const Splits& data, const QuantizeOptions& how,
                        const QuantizeSettings& settings, const VerbWork& work) {
  const AwareTraining aware(graph, ranges, how, settings.grids);
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

bool learns_rounding(const QuantizeSettings& settings) {
  constexpr std::array kRoundings = {std::pair<std::string_view, bool>("nearest", false),
                                     std::pair<std::string_view, bool>("adaptive", true)};
  return chosen("rounding", settings.rounding, kRoundings);
}

/// Rounds the prepared graph's weights to their grids without training.
void round_weights(Graph& graph, std::vector<Range>& ranges, const QuantizeOptions& how, std::int64_t samples,
                   const Feed& feed, const QuantizeSettings& settings, const VerbWork& work) {
  const AwareTraining aware(graph, ranges, how, settings.grids, false);
  const RefineOptions refine{.learn_rounding = learns_rounding(settings),
                             .correct_bias = settings.correct_bias,
                             .steps = settings.rounding_steps,
                             .threads = static_cast<int>(settings.train.threads),
                             .seed = static_cast<std::uint64_t>(settings.train.seed),
                             .stop = work.stop};
  if (refine.learn_rounding || refine.correct_bias) {
    refine_layers(graph, ranges, how, aware.grids(graph), samples, feed, refine);
  }
  aware.finish(graph);
}

/// Throws Error for settings that contradict each other.
void check(const QuantizeSettings& settings) {
  check_fine_tuning(settings.train);
  if (settings.samples < 1) fail("samples is {}; calibration needs at least 1", settings.samples);
  if (settings.rounding_steps < 1) fail("rounding_steps is {}; at least 1", settings.rounding_steps);
  if (settings.activations != 8 && settings.activations != 16) {
    fail("activations is {}; write 8 or 16", settings.activations);
  }
  if (settings.average_bits != 0 && (settings.grids.weights != "8" || !settings.grids.layers.empty())) {
    fail("average_bits chooses the bits of every layer; leave out --weights and --layers");
  }
  const bool refines = learns_rounding(settings) || settings.correct_bias;
  if (refines && settings.train.epochs > 0) {
    fail("{} is for a model that is not trained; leave it out, or --epochs",
         settings.correct_bias ? "--correct-bias" : "--rounding adaptive");
  }
}

QuantizedGraph quantize(Graph graph, const Splits& data, QuantizeSettings settings, const VerbWork& work) {
  const Subset& calibration = data.training;
  check(settings);
  const CalibrationOptions options{.method = chosen("calibration", settings.calibration, kMethods),
                                   .percentile = settings.percentile};
  require_float(graph);
  for (const ValueId id : graph.inputs) {
    const DType dtype = graph[id].type.dtype;
    if (dtype != DType::float32 && !is_index_type(dtype)) {  // symbols stay as they are
      fail("input '{}' is {}; only a float32 model can be quantized", graph[id].name, name(dtype));
    }
  }
  require_samples_fit(graph, *calibration.data);
  // The model takes raw bytes: int8 = byte - 128, independent of the calibration samples.
  const bool fed = !data_inputs(graph).empty();
  const bool bytes = fed && calibration.data->sample.dtype == DType::uint8;
  const bool raw_bytes = bytes && settings.activations == 8;  // int16 has steps enough for a scale of its own
  if (bytes) put_in_input_scaling(graph);
  // The largest of several classes must be the largest integer, so they need one scale.
  if (calibration.data->labels.empty()) take_out_output_scaling(graph);
  prepare_for_quantization(graph, {.raw_bytes = raw_bytes, .outside_scaling = !bytes});
  const Subset samples = calibration.first(settings.samples);
  require_something(samples);
  const Feed feed = [&](Interpreter& interpreter, std::int64_t i) { feed_sample(interpreter, samples, i); };
  const bool reals = graph.inputs.size() == 1 && graph[graph.inputs[0]].type.dtype == DType::float32;
  if (!bytes && fed && reals && samples.size() > 0) {
    scale_unlike_features(graph, feature_ranges(graph, samples));
  }
  if (settings.equalize) {
    const std::int64_t pairs = equalize(graph);
    work.tell(fmt::format("equalize: {} pairs of layers", pairs));
  }
  std::vector<Range> ranges = calibrate(graph, samples.size(), feed, options);
  QuantizeOptions how{.float_io = settings.float_io, .activation_bits = static_cast<int>(settings.activations)};
  how.strict = settings.strict;
  how.runtime = runtime_named(settings.runtime);
  if (raw_bytes) how.input = Quantization{.scale = {1.0F}, .zero_point = {-128}};
  QuantizedGraph result;
  if (settings.average_bits > 0) {
    result.bits = choose_bits(graph, settings.average_bits, judging_samples(data), settings.train.loss, work);
    for (const LayerBits& layer : result.bits) settings.grids.chosen[layer.layer] = layer.bits;
  }
  const Graph floats = graph;
  const bool plain = settings.grids.weights == "8" && settings.grids.layers.empty() && result.bits.empty() &&
                     !settings.correct_bias && !learns_rounding(settings);
  if (settings.train.epochs > 0) {
    result.history = train_aware(graph, ranges, data, how, settings, work);
    // int16 activations are not rounded in training, so nothing has followed their ranges.
    if (settings.activations == 16) ranges = calibrate(graph, samples.size(), feed, options);
  } else if (!plain) {
    round_weights(graph, ranges, how, samples.size(), feed, settings, work);
  }
  result.graph = graph;
  result.stays_float = mirim::quantize(result.graph, ranges, how);
  // Without training the float model is the judge; a trained one is another model. 65,535 steps are always enough.
  if (settings.activations == 8) {
    result.check =
        check_quantization(settings.train.epochs > 0 ? graph : floats, result.graph, samples.size(), feed, !raw_bytes);
  }
  if (settings.float_io) {
    put_in_input_scaling(result.graph);
    put_in_output_scaling(result.graph);
    remove_unused_values(result.graph);
  }
  return result;
}

/// The model with float16 weights. Throws Error for settings of an integer model.
Quantized halved(Model model, const QuantizeSettings& settings) {
  QuantizeSettings others;
  others.grids.weights = kFloat16;
  others.train.threads = settings.train.threads;
  others.train.seed = settings.train.seed;
  if (settings_text(settings) != settings_text(others)) {
    fail("--weights float16 rounds constants and nothing else; leave out the other settings of quantize");
  }
  require_float(model.main());
  keep_signatures(model);
  for (Graph& graph : model.graphs) {
    remove_dropout(graph);
    fold_batch_norm(graph);
    fold_constants(graph);
    fuse_pad(graph);
    fuse_activation(graph);
    eliminate_dead_nodes(graph);
    narrow_to_float16(graph);
  }
  restore_signatures(model);
  model.metadata.erase(std::string(kBatchNormMetadata));  // is in the weights now
  return {.model = std::move(model)};
}

}  // namespace

Quantized quantize(Model model, const Splits& data, const QuantizeSettings& settings, const VerbWork& work) {
  if (settings.grids.weights == kFloat16) return halved(std::move(model), settings);
  keep_signatures(model);
  model.main() = resolve_variables(model);
  recognise_lstm(model.main());
  expand_rnn(model.main());
  std::vector<std::string> keep_state = leave_out_resets(model.main());
  const auto calls = [](const Node& node) { return !called_graphs(node.op).empty(); };
  if (std::ranges::none_of(model.main().nodes, calls)) model.graphs.resize(1);
  QuantizedGraph result = quantize(std::move(model.main()), data, settings, work);
  model.main() = std::move(result.graph);
  store_calls(model);
  store_variables(model);
  restore_signatures(model);
  model.metadata.erase(std::string(kBatchNormMetadata));  // is in the weights now
  std::vector<std::string> lacks;
  for (const Graph& graph : model.graphs) {  // the bodies of loops too
    for (std::string& line : what_lacks(runtime_named(settings.runtime), graph)) lacks.push_back(std::move(line));
  }
  return {std::move(model),       std::move(result.check),       std::move(result.history),
          std::move(result.bits), std::move(result.stays_float), std::move(lacks),
          std::move(keep_state)};
}

}  // namespace mirim
