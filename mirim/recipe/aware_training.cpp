#include "mirim/recipe/aware_training.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "mirim/base/error.hpp"
#include "mirim/base/hash.hpp"
#include "mirim/compress/keep_forms.hpp"
#include "mirim/compress/prune.hpp"
#include "mirim/exec/parameters.hpp"
#include "mirim/ops/pool2d.hpp"
#include "mirim/passes/absorb_normalization.hpp"
#include "mirim/passes/linear.hpp"
#include "mirim/recipe/parsed.hpp"

namespace mirim {
namespace {

using Follow = ActivationGrid::Follow;

constexpr std::array kFollows = {std::pair<std::string_view, Follow>("average", Follow::average),
                                 std::pair<std::string_view, Follow>("learnt", Follow::learnt),
                                 std::pair<std::string_view, Follow>("fixed", Follow::nothing)};

WeightForm::Grid grid_called(std::string_view setting, const std::string& word) {
  if (word == "8" || word == "4" || word == "2") return grid_of_bits(word[0] - '0');
  if (word == "ternary") return {.least = -1, .most = 1};
  if (word == "binary") return {.least = -1, .most = 1, .has_zero = false};
  fail("{} '{}' is unknown; {}", setting, word, suggestion(word, {"8", "4", "2", "ternary", "binary"}));
}

GridStep::Scale scale_called(const std::string& word, const WeightForm::Grid& grid, bool trains) {
  using Scale = GridStep::Scale;
  if (word == "largest") return Scale::largest;
  if (word == "learnt") return Scale::learnt;
  if (word == "least_error") return Scale::least_error;
  if (word != "auto") {
    fail("weight_scale '{}' is unknown; {}", word, suggestion(word, {"auto", "largest", "learnt", "least_error"}));
  }
  if (bits_of(grid) == 8) return Scale::largest;
  return trains ? Scale::learnt : Scale::least_error;
}

std::string text_of(const std::map<std::string, int>& bits) {
  std::string text;
  for (const auto& [layer, b] : bits) fmt::format_to(std::back_inserter(text), "{} = {}\n", layer, b);
  return text;
}

/// A layer goes by the name that it has in the float model: where prepare_for_quantization has joined "conv" and the
/// activation "conv/relu", both mean the one that is left.
std::map<std::string, std::string> by_joined_names(const Graph& graph, std::map<std::string, std::string> by_layer) {
  std::vector<std::string> names;
  for (const PrunableWeights& weights : prunable_weights(graph)) names.push_back(weights.layer);
  std::map<std::string, std::string> joined;
  for (auto& [layer, setting] : by_layer) {
    const auto begins = [&](const std::string& name) { return name.starts_with(layer + "/"); };
    const bool known = std::ranges::find(names, layer) != names.end();
    const bool one = !known && std::ranges::count_if(names, begins) == 1;
    joined.emplace(one ? *std::ranges::find_if(names, begins) : layer, std::move(setting));
  }
  return joined;
}

std::vector<float> rounded(GridStep& grid, const Value& weights) {
  const auto stored = weights.values<float>();
  std::vector<float> values(stored.begin(), stored.end());
  grid.apply(values);
  return values;
}

/// What only moves elements, or picks some, gives numbers that are on the grid already.
bool only_moves(const Node& node) { return node.op.kind() == OperatorKind::move || node.op.is<MaxPool2d>(); }

}  // namespace

AwareTraining::AwareTraining(const Graph& graph, const std::vector<Range>& ranges, const QuantizeOptions& quantization,
                             const GridSettings& settings, bool trains)
    : ranges_(ranges), described_(settings_text(settings) + text_of(settings.chosen)) {
  // A normalisation that becomes the input's own quantization rounds nothing. Ids stay.
  Graph absorbed = graph;
  QuantizeOptions options = quantization;
  if (options.input && !options.float_io) options.input = absorb_normalization(absorbed, *options.input);
  shared_ = shared_quantization(absorbed, options);
  add_weights(absorbed, settings, trains);
  // 16 bits round activations and biases less than floats differ between machines.
  if (quantization.activation_bits == 16) return;
  add_activations(absorbed, settings);
  add_biases(absorbed);
}

void AwareTraining::add_weights(const Graph& graph, const GridSettings& settings, bool trains) {
  const WeightForm::Grid common = grid_called("weights", settings.weights);
  std::map<std::string, std::string> others;
  for (auto& [layer, grid] :
       named_words("layers", settings.layers, "NAME=GRID; write for example conv1=8,dense=ternary")) {
    others[layer] = std::move(grid);
  }
  others = by_joined_names(graph, std::move(others));
  for (const auto& [layer, bits] : settings.chosen) others[layer] = std::to_string(bits);
  require_layers(graph, others);
  for (const PrunableWeights& found : prunable_weights(graph)) {
    WeightForm::Grid grid = common;
    if (const auto own = others.find(found.layer); own != others.end()) {
      grid = grid_called(fmt::format("the grid of layer '{}'", found.layer), own->second);
    }
    const Value& value = graph[found.value];
    Value rest = value;
    bool shared_numbers = false;
    if (rest.form) {
      rest.form->grid.reset();
      shared_numbers = rest.form->codebook && !rest.form->codebook->per_row;
    }
    if (!grid.has_zero && rest.form && rest.form->sparsity) {
      fail("layer '{}' is pruned, binary weights have no zero; choose ternary for it", found.layer);
    }
    const auto values = value.values<float>();
    // Numbers that rows share must be on one grid.
    const RowsOf rows = rows_of(value, shared_numbers ? -1 : found.axis);
    auto step = std::make_shared<GridStep>(grid, rows, scale_called(settings.weight_scale, grid, trains), values);
    auto steps = steps_that_keep(rest);
    steps.push_back(step);
    weights_.push_back({found.value, found.axis, std::move(steps), std::move(step)});
  }
}

void AwareTraining::add_activations(const Graph& graph, const GridSettings& settings) {
  const Follow follow = chosen("ranges", settings.ranges, kFollows);
  const auto add = [&](ValueId id) {
    const auto i = static_cast<std::size_t>(id);
    if (shared_.group[i] < 0) return;
    ActivationGrid grid{
        .value = id, .group = shared_.group[i], .min = ranges_[i].min, .max = ranges_[i].max, .follow = follow};
    if (const auto& fixed = shared_.fixed[i]) {
      const auto zero_point = static_cast<float>(fixed->zero_point[0]);
      grid.min = std::min(0.0F, (-128 - zero_point) * fixed->scale[0]);
      grid.max = std::max(0.0F, (127 - zero_point) * fixed->scale[0]);
      grid.follow = Follow::nothing;
    }
    grids_.push_back(grid);
  };
  for (const ValueId id : graph.inputs) {
    if (!shared_.fixed[static_cast<std::size_t>(id)]) add(id);  // bytes are whole numbers as they come
  }
  for (const Node& node : graph.nodes) {
    if (only_moves(node)) continue;
    for (const ValueId id : node.outputs) {
      if (id != kNoValue) add(id);
    }
  }
  // What moves through has the range of its group as well.
  for (ActivationGrid& grid : grids_) {
    for (std::size_t i = 0; i < shared_.group.size(); ++i) {
      if (shared_.group[i] != grid.group || grid.follow == Follow::nothing) continue;
      grid.min = std::min(grid.min, ranges_[i].min);
      grid.max = std::max(grid.max, ranges_[i].max);
    }
  }
}

void AwareTraining::add_biases(const Graph& graph) {
  const std::vector<Parameter> trainable = trainable_parameters(graph);
  for (const Node& node : graph.nodes) {
    const auto operands = linear(node.op);
    const ValueId id = operands ? bias_of(node, *operands) : kNoValue;
    if (id == kNoValue) continue;
    const auto weights = std::ranges::find(weights_, node.inputs[operands->weights], &Weights::value);
    const bool trained = std::ranges::find(trainable, id, &Parameter::value) != trainable.end();
    const bool known = std::ranges::find(biases_, id, &Bias::value) != biases_.end();  // shared, of two scales
    if (weights == weights_.end() || !trained || known) continue;
    biases_.push_back({id, node.inputs[operands->input], std::make_shared<BiasStep>(weights->grid)});
  }
}

void AwareTraining::set_input_scales(const std::vector<LearntRange>& learnt) const {
  for (const Bias& bias : biases_) {
    const auto i = static_cast<std::size_t>(bias.input);
    if (shared_.fixed[i]) {
      bias.step->set_input_scale(shared_.fixed[i]->scale[0]);
      continue;
    }
    const auto range = std::ranges::find(learnt, shared_.group[i], &LearntRange::group);
    if (range != learnt.end()) bias.step->set_input_scale(affine_grid(range->min, range->max, 8).scale);
  }
}

Shaping AwareTraining::shaping() const {
  Shaping shaping{.grids = grids_};
  for (const Weights& weights : weights_) shaping.parametrisations.emplace(weights.value, weights.steps);
  for (const Bias& bias : biases_) shaping.parametrisations[bias.value] = {bias.step};
  shaping.before_step = [this](TrainingPlan& plan, std::int64_t, std::int64_t) { set_input_scales(plan.ranges()); };
  shaping.settings.push_back("grids = " + hash_text(bytes_of(described_)));
  return shaping;
}

std::map<ValueId, WeightForm::Grid> AwareTraining::grids(const Graph& graph) const {
  std::map<ValueId, WeightForm::Grid> grids;
  for (const Weights& weights : weights_) {
    static_cast<void>(rounded(*weights.grid, graph[weights.value]));  // a scale may come from the weights
    grids.emplace(weights.value, weights.grid->grid());
  }
  return grids;
}

void AwareTraining::finish(Graph& graph) const {
  for (const Weights& weights : weights_) {
    Value& value = graph[weights.value];
    value.constant = make_constant(rounded(*weights.grid, value));
    if (!value.form) value.form = WeightForm{.axis = weights.axis};
    value.form->grid = weights.grid->grid();
  }
}

std::vector<Range> AwareTraining::ranges(const std::vector<LearntRange>& learnt) const {
  std::vector<Range> ranges = ranges_;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    for (const LearntRange& range : learnt) {
      if (range.group == shared_.group[i]) ranges[i] = {range.min, range.max};
    }
  }
  return ranges;
}

}  // namespace mirim
