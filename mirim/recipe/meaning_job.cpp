#include "mirim/recipe/meaning_job.hpp"

#include "mirim/base/error.hpp"
#include "mirim/data/classes.hpp"
#include "mirim/data/features.hpp"
#include "mirim/data/steps.hpp"
#include "mirim/passes/outside_scaling.hpp"
#include "mirim/passes/unroll.hpp"

namespace mirim {
namespace {

bool asked(Graph& graph, std::string_view mark) { return graph.extras.erase(std::string(mark)) > 0; }

std::int64_t last_axis(const Value& value) { return value.type.shape.rank() == 0 ? 1 : value.type.shape.back(); }

void normalize_input(Graph& graph, const Subset& training) {
  Graph copy = graph;
  Value& input = graph[graph.inputs[0]];
  if (take_out_input_scaling(copy, /*always=*/true)) {
    fail("the model normalizes its input already; train it without --normalize");
  }
  set_scaling(input, channel_statistics(training, last_axis(input)));
  put_in_input_scaling(graph);
}

/// Of the targets, or of an autoencoder's samples.
Scaling statistics_of_targets(const Graph& graph, const Subset& training) {
  const std::int64_t outputs = last_axis(graph[graph.outputs[0]]);
  const Scaling scaling =
      training.data->targets.empty() ? channel_statistics(training, outputs) : target_statistics(training);
  if (std::ssize(scaling.mean) != outputs)
    fail("the model has {} outputs, the data {} targets", outputs, scaling.mean.size());
  return scaling;
}

void name_value(Value& value, const std::vector<std::string>& names) {
  const bool fits = std::ssize(names) == last_axis(value) || (names.size() == 2 && last_axis(value) == 1);
  if (fits && labels_of(value).empty()) set_labels(value, names);
}

/// The model's, or else the names of its outputs.
std::vector<std::string> class_names(const Graph& graph, const Dataset& data) {
  const Value& output = graph[graph.outputs[0]];
  const auto names = labels_of(output);
  return names.empty() ? names_for_outputs(data, last_axis(output)) : names;
}

/// Sequences of a model that reads one step a run become their steps.
Subset in_steps_if_read_so(const Graph& graph, Subset samples) {
  if (!samples.data) return samples;
  const Dataset& data = *samples.data;
  const bool fits = data.steps == 0 && data.labels.empty() && reads_steps_of(graph, data.sample) &&
                    data.target_size % data.sample.shape[0] == 0;
  return fits ? in_steps(samples) : samples;
}

}  // namespace

Scaling prepare_scales(Graph& graph, const Subset& training, bool numbers, bool from_data) {
  if (asked(graph, kNormalizeInput) || from_data) normalize_input(graph, training);
  const bool wanted = asked(graph, kNormalizeOutput);
  if (wanted && !numbers) fail("[output] normalize = \"data\" is for numbers; the data has classes");
  if (!numbers) return {};
  if (take_out_output_scaling(graph, /*always=*/true)) {
    Value& output = graph[graph.outputs[0]];
    Scaling scaling = scaling_of(output);
    set_scaling(output, {});
    return scaling;
  }
  return wanted || from_data ? statistics_of_targets(graph, training) : Scaling{};
}

void undo_scales(Graph& graph, const Scaling& targets) {
  if (targets.empty()) return;
  set_scaling(graph[graph.outputs[0]], targets);
  put_in_output_scaling(graph);
}

void name_elements(Graph& graph, const Dataset& data) {
  name_value(graph[graph.inputs[0]], data.feature_names);
  name_value(graph[graph.outputs[0]], data.labels.empty() ? data.target_names : data.class_names);
}

Subset matched(const Graph& graph, Subset samples) {
  if (graph.inputs.empty() || graph.outputs.empty() || !samples.data) return samples;
  samples = in_steps_if_read_so(graph, std::move(samples));
  samples = match_features(std::move(samples), labels_of(graph[graph.inputs[0]]));
  const auto classes = class_names(graph, *samples.data);
  return match_classes(std::move(samples), classes);
}

Splits matched(const Graph& graph, Splits splits) {
  if (graph.inputs.empty() || graph.outputs.empty() || !splits.training.data) return splits;
  for (Subset* part : {&splits.training, &splits.validation, &splits.test}) {
    *part = in_steps_if_read_so(graph, std::move(*part));
  }
  splits = match_features(std::move(splits), labels_of(graph[graph.inputs[0]]));
  const auto classes = class_names(graph, *splits.training.data);
  return match_classes(std::move(splits), classes);
}

}  // namespace mirim
