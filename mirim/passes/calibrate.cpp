#include "mirim/passes/calibrate.hpp"

#include <algorithm>
#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/graph/scopes.hpp"
#include "mirim/ops/resource_variable.hpp"
#include "mirim/ops/unidirectional_sequence_lstm.hpp"
#include "mirim/passes/quantize_lstm.hpp"

namespace mirim {
namespace {

constexpr std::size_t kBins = 2048;

struct Histogram {
  Range range;  // the outer borders of the bins
  std::vector<double> count = std::vector<double>(kBins, 0.0);

  double width() const { return (static_cast<double>(range.max) - static_cast<double>(range.min)) / kBins; }
  double center(std::size_t bin) const {
    return static_cast<double>(range.min) + (static_cast<double>(bin) + 0.5) * width();
  }
  void add(float x) {
    const double position = (static_cast<double>(x) - static_cast<double>(range.min)) / width();
    count[std::min(kBins - 1, static_cast<std::size_t>(std::max(0.0, position)))] += 1;
  }
};

std::vector<ValueId> float_values(const Graph& graph) {
  std::vector<ValueId> ids;
  for (std::size_t i = 0; i < graph.values.size(); ++i) {
    const Value& value = graph.values[i];
    if (value.type.dtype == DType::float32 && !value.is_constant()) ids.push_back(static_cast<ValueId>(i));
  }
  return ids;
}

Range percentile_range(const Histogram& histogram, double percentile) {
  double total = 0;
  for (const double count : histogram.count) total += count;
  const double tail = total * (1 - percentile / 100);
  std::size_t low = 0, high = kBins - 1;
  for (double sum = histogram.count[low]; sum <= tail && low < high; sum += histogram.count[low]) ++low;
  for (double sum = histogram.count[high]; sum <= tail && high > low; sum += histogram.count[high]) --high;
  const double first = histogram.center(low) - histogram.width() / 2,
               last = histogram.center(high) + histogram.width() / 2;
  return {static_cast<float>(std::min(first, 0.0)), static_cast<float>(std::max(last, 0.0))};
}

/// Mean squared error of the histogram's values in 256 steps over `range`.
double error_of(const Histogram& histogram, const Range& range) {
  const double min = static_cast<double>(range.min), max = static_cast<double>(range.max), step = (max - min) / 255;
  double sum = 0;
  for (std::size_t bin = 0; bin < kBins; ++bin) {
    if (histogram.count[bin] == 0) continue;
    const double x = histogram.center(bin);
    const double rounded = min + std::round((std::clamp(x, min, max) - min) / step) * step;
    sum += histogram.count[bin] * ((x - rounded) * (x - rounded));
  }
  return sum;
}

Range least_error_range(const Histogram& histogram) {
  constexpr int kCandidates = 100;
  Range best = histogram.range;
  double least = error_of(histogram, best);
  // Each border alone and both together, down to a twentieth of the range seen.
  for (int i = 1; i < kCandidates; ++i) {
    const float part = 1.0F - 0.95F * static_cast<float>(i) / kCandidates;
    const Range& all = histogram.range;
    for (const Range candidate :
         {Range{all.min * part, all.max}, Range{all.min, all.max * part}, Range{all.min * part, all.max * part}}) {
      const double error = error_of(histogram, candidate);
      if (error < least) {
        least = error;
        best = candidate;
      }
    }
  }
  return best;
}

/// An LSTM that runs step by step, since after a run of its graph the cell has its last content only.
class CellWatch {
 public:
  CellWatch(const Graph& graph, const Node& node)
      : cell_(node.inputs[lstm::kCell]), x_(node.inputs[lstm::kInput]), stepper_(one_step(graph, node)) {
    const Shape& shape = graph[x_].type.shape;
    time_major_ = node.op.as<UnidirectionalSequenceLstm>()->time_major;
    batches_ = shape[time_major_ ? 1 : 0];
    steps_ = shape[time_major_ ? 0 : 1];
  }

  ValueId cell() const { return cell_; }

  /// Calls `look` with the cell after each step of the run that the interpreter has just made.
  void run(const Interpreter& interpreter, const std::function<void(std::span<const float>)>& look) {
    const auto x = interpreter.value(x_).as<float>();
    const auto input = stepper_.input(0).as<float>();
    for (std::int64_t b = 0; b < batches_; ++b) {
      stepper_.reset();
      for (std::int64_t t = 0; t < steps_; ++t) {
        const std::int64_t at = time_major_ ? t * batches_ + b : b * steps_ + t;
        std::copy_n(x.begin() + at * std::ssize(input), input.size(), input.begin());
        stepper_.run();
        look(stepper_.value(stepper_.graph().nodes[0].inputs[lstm::kCell]).as<float>());
      }
    }
  }

 private:
  static Graph one_step(const Graph& graph, const Node& node) {
    Graph step;
    Node only = node;
    for (ValueId& id : only.inputs) {
      if (id == kNoValue) continue;
      Value value = graph[id];
      if (value.variable) {
        const std::int64_t units = graph[node.inputs[lstm::kWeights + 1]].type.shape[0];
        if (value.type.shape.elements() != units) value.constant = nullptr;  // of several sequences
        value.type.shape = {1, units};
      }
      if (id == node.inputs[lstm::kInput]) {
        value.type.shape = {1, 1, value.type.shape.back()};
        value.constant = nullptr;
      }
      id = step.add(std::move(value));
    }
    step.inputs = {only.inputs[lstm::kInput]};
    Value result = graph[only.outputs[0]];
    result.type.shape = {1, 1, result.type.shape.back()};
    only.outputs = {step.add(std::move(result))};
    only.intermediates.clear();
    step.outputs = only.outputs;
    step.nodes.push_back(std::move(only));
    return step;
  }

  ValueId cell_, x_;
  Interpreter stepper_;
  bool time_major_ = false;
  std::int64_t batches_ = 0, steps_ = 0;
};

std::vector<CellWatch> cell_watches(const Graph& graph) {
  std::vector<CellWatch> watches;
  for (const Node& node : graph.nodes) {
    if (is_float_lstm(graph, node)) watches.emplace_back(graph, node);
  }
  return watches;
}

/// By node: the float values and variables that it sets in a loop. After a run they have their last content only.
std::vector<std::vector<ValueId>> floats_made_in_loops(const Graph& graph) {
  const Scopes scopes = find_scopes(graph);
  std::vector<std::vector<ValueId>> made(graph.nodes.size());
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    if (scopes.of[n] == 0) continue;
    std::vector<ValueId> all = graph.nodes[n].outputs;
    for (const ValueId id : written_variables(graph, graph.nodes[n])) all.push_back(id);
    for (const ValueId id : all) {
      if (id != kNoValue && graph[id].type.dtype == DType::float32) made[n].push_back(id);
    }
  }
  return made;
}

}  // namespace

bool is_stream(const Graph& graph) {
  const std::vector<char> temporary = set_before_read(graph);
  return std::ranges::any_of(graph.nodes, [&](const Node& node) {
    return node.op.is<ReadVariable>() && !temporary[static_cast<std::size_t>(node.inputs[0])];
  });
}

std::vector<Range> calibrate(const Graph& graph, std::int64_t samples,
                             const std::function<void(Interpreter&, std::int64_t sample)>& set_inputs,
                             const CalibrationOptions& options) {
  if (samples < 1) fail("calibration needs at least one sample");
  if (!(options.percentile > 50 && options.percentile <= 100)) {
    fail("the calibration percentile is {}, expected a number in (50, 100]", options.percentile);
  }
  Interpreter interpreter(graph);
  const std::vector<ValueId> ids = float_values(graph);
  std::vector<CellWatch> watches = cell_watches(graph);
  const std::vector<NeverChosen> never = find_never_chosen(graph);
  const std::vector<std::vector<ValueId>> made_in_loops = floats_made_in_loops(graph);
  const bool stream = is_stream(graph);
  const auto run = [&](const auto& look) {
    for (std::int64_t sample = 0; sample < samples; ++sample) {
      if (sample == 0 || !stream) interpreter.reset();
      set_inputs(interpreter, sample);
      interpreter.run_watched([&](int node) {
        for (const ValueId id : made_in_loops[static_cast<std::size_t>(node)]) {
          look(id, interpreter.value(id).as<float>(), sample);
        }
      });
      for (const ValueId id : ids) look(id, interpreter.value(id).as<float>(), sample);
      for (CellWatch& watch : watches) {
        watch.run(interpreter, [&](std::span<const float> cell) { look(watch.cell(), cell, sample); });
      }
    }
  };

  std::vector<Range> ranges(graph.values.size());
  run([&](ValueId id, std::span<const float> values, std::int64_t sample) {
    Range& range = ranges[static_cast<std::size_t>(id)];
    for (const float x : values) {
      if (!counts(never[static_cast<std::size_t>(id)], x)) continue;
      if (!std::isfinite(x)) fail("calibration: '{}' is {} at sample {}", graph[id].name, x, sample);
      range.min = std::min(range.min, x);
      range.max = std::max(range.max, x);
    }
  });
  if (options.method == CalibrationMethod::min_max) return ranges;

  std::vector<Histogram> histograms(graph.values.size(), Histogram{.range = {}, .count = {}});
  for (const ValueId id : ids)
    histograms[static_cast<std::size_t>(id)] = Histogram{.range = ranges[static_cast<std::size_t>(id)]};
  run([&](ValueId id, std::span<const float> values, std::int64_t) {
    Histogram& histogram = histograms[static_cast<std::size_t>(id)];
    if (histogram.width() <= 0) return;
    for (const float x : values) {
      if (counts(never[static_cast<std::size_t>(id)], x)) histogram.add(x);
    }
  });
  for (const ValueId id : ids) {
    const Histogram& histogram = histograms[static_cast<std::size_t>(id)];
    if (histogram.width() <= 0) continue;
    ranges[static_cast<std::size_t>(id)] = options.method == CalibrationMethod::percentile
                                               ? percentile_range(histogram, options.percentile)
                                               : least_error_range(histogram);
  }
  return ranges;
}

}  // namespace mirim
