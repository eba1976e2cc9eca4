#include "mirim/compress/prune.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>

#include "mirim/base/error.hpp"
#include "mirim/base/spelling.hpp"
#include "mirim/compress/keep_forms.hpp"
#include "mirim/exec/parameters.hpp"
#include "mirim/graph/layer_name.hpp"

namespace mirim {
namespace {

/// A block of elements that goes or stays as one.
struct Unit {
  float score;
  std::int64_t row;
  std::int64_t column;
};

void require_pattern(const WeightForm::Sparsity& s) {
  if (s.block_rows < 1 || s.block_columns < 1) fail("blocks of {}x{}; at least 1x1", s.block_rows, s.block_columns);
  if (s.keep == 0 && s.of == 0) return;
  if (s.keep < 1 || s.of <= s.keep) fail("{} of {}; it must keep at least 1 and drop at least 1", s.keep, s.of);
  if (s.block_rows != 1 || s.block_columns != 1) fail("blocks and N of M do not go together; choose one");
}

void require_share(double share, const std::string& of) {
  if (!(share >= 0 && share < 1)) fail("{} is {}; it must be at least 0 and below 1", of, share);
}

template <class F>
void for_each_of(const Unit& unit, const RowsOf& rows, const WeightForm::Sparsity& pattern, const F& f) {
  const std::int64_t end_row = std::min(unit.row + pattern.block_rows, rows.rows());
  const std::int64_t end_column = std::min(unit.column + pattern.block_columns, rows.columns());
  for (std::int64_t r = unit.row; r < end_row; ++r) {
    for (std::int64_t c = unit.column; c < end_column; ++c) f(static_cast<std::size_t>(rows.element(r, c)));
  }
}

std::vector<Unit> units_of(std::span<const float> scores, const RowsOf& rows, const WeightForm::Sparsity& pattern) {
  std::vector<Unit> units;
  for (std::int64_t r = 0; r < rows.rows(); r += pattern.block_rows) {
    for (std::int64_t c = 0; c < rows.columns(); c += pattern.block_columns) {
      Unit unit{0, r, c};
      double sum = 0;
      std::int64_t count = 0;
      for_each_of(unit, rows, pattern, [&](std::size_t i) {
        sum += static_cast<double>(scores[i]);
        ++count;
      });
      unit.score = static_cast<float>(sum / static_cast<double>(count));
      units.push_back(unit);
    }
  }
  return units;
}

std::vector<float> keep_best(std::span<const float> scores, const RowsOf& rows, std::int64_t keep, std::int64_t of) {
  std::vector<float> mask(scores.size(), 0.0F);
  std::vector<std::size_t> group;
  for (std::int64_t r = 0; r < rows.rows(); ++r) {
    for (std::int64_t c = 0; c < rows.columns(); c += of) {
      group.clear();
      for (std::int64_t j = c; j < std::min(c + of, rows.columns()); ++j) {
        group.push_back(static_cast<std::size_t>(rows.element(r, j)));
      }
      std::ranges::stable_sort(group, [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
      for (std::size_t i = 0; i < group.size() && static_cast<std::int64_t>(i) < keep; ++i) mask[group[i]] = 1;
    }
  }
  return mask;
}

/// Scores become what a unit is to its layer, PruneOptions::Scope::lamp.
void score_by_part_of_layer(std::vector<Unit>& units) {
  std::ranges::stable_sort(units, std::ranges::greater{}, &Unit::score);
  double staying = 0;
  for (Unit& unit : units) {
    const double score = std::max(0.0F, unit.score);
    staying += score * score;
    unit.score = staying > 0 ? static_cast<float>(score * score / staying) : 0.0F;
  }
}

/// How many of `count` things are nearest to a share of them, and at least one is left.
std::size_t part_of(std::size_t count, double share) {
  const double part = std::round(share * static_cast<double>(count));
  return std::min(static_cast<std::size_t>(part), count > 0 ? count - 1 : 0);
}

}  // namespace

std::vector<PrunableWeights> prunable_weights(const Graph& graph) {
  const std::vector<Parameter> trainable = trainable_parameters(graph);
  std::vector<PrunableWeights> found;
  for (const Node& node : graph.nodes) {
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const ValueId id = node.inputs[i];
      const OperandRole role = node.op.role(i);
      if (role.kind != OperandRole::Kind::weights ||
          std::ranges::find(trainable, id, &Parameter::value) == trainable.end()) {
        continue;
      }
      if (std::ranges::find(found, id, &PrunableWeights::value) != found.end()) continue;
      found.push_back({id, role.axis, short_layer_name(graph, node)});
    }
  }
  return found;
}

PrunableWeights weights_called(const Graph& graph, const std::string& layer) {
  std::vector<std::string> names;
  for (PrunableWeights& weights : prunable_weights(graph)) {
    if (weights.layer == layer) return std::move(weights);
    names.push_back(std::move(weights.layer));
  }
  for (const Node& node : graph.nodes) {
    if (short_layer_name(graph, node) != layer) continue;
    fail("layer '{}' is {}, which has no weights that training changes; {}", layer, node.op.name(),
         suggestion(layer, names));
  }
  fail("there is no layer '{}' with weights; {}", layer, suggestion(layer, names));
}

std::vector<float> choose_mask(std::span<const float> scores, const RowsOf& rows, const WeightForm::Sparsity& pattern,
                               double share) {
  std::vector<float> mask(scores.size(), 1.0F);
  if (share <= 0) return mask;
  if (pattern.keep > 0) return keep_best(scores, rows, pattern.keep, pattern.of);
  std::vector<Unit> units = units_of(scores, rows, pattern);
  const std::size_t gone = part_of(units.size(), share);
  std::ranges::stable_sort(units, {}, &Unit::score);
  for (std::size_t u = 0; u < gone; ++u) {
    for_each_of(units[u], rows, pattern, [&](std::size_t i) { mask[i] = 0; });
  }
  return mask;
}

Pruner::Pruner(const Graph& graph, PruneOptions options) : graph_(graph), options_(std::move(options)) {
  require_share(options_.sparsity, "sparsity");
  require_pattern(options_.pattern);
  if (!(options_.begin >= 0 && options_.begin <= options_.end && options_.end <= 1)) {
    fail("pruning from {} to {} of the training; both must be in 0..1, in order", options_.begin, options_.end);
  }
  if (options_.stages < 1) fail("stages is {}; at least 1", options_.stages);
  if (options_.criterion == PruneOptions::Criterion::own && !options_.score)
    fail("an own criterion needs its function");
  using Criterion = PruneOptions::Criterion;
  const MaskStep::Watch watch = options_.criterion == Criterion::taylor     ? MaskStep::Watch::taylor
                                : options_.criterion == Criterion::movement ? MaskStep::Watch::movement
                                                                            : MaskStep::Watch::nothing;
  require_layers(graph, options_.of_layer);
  for (PrunableWeights& weights : prunable_weights(graph)) {
    double share = options_.sparsity;
    if (const auto own = options_.of_layer.find(weights.layer); own != options_.of_layer.end()) {
      share = own->second;
      require_share(share, fmt::format("the sparsity of layer '{}'", weights.layer));
      if (share == 0) continue;
    }
    const Value& value = graph[weights.value];
    const RowsOf rows = rows_of(value, weights.axis);
    if (options_.pattern.block_rows > rows.rows() || options_.pattern.block_columns > rows.columns()) {
      fail("layer '{}' has weights of {} rows and {} columns, a block of {}x{} is larger; leave the layer out ({}=0)",
           weights.layer, rows.rows(), rows.columns(), options_.pattern.block_rows, options_.pattern.block_columns,
           weights.layer);
    }
    const auto values = value.values<float>();
    std::vector<float> always(values.size(), 1.0F);
    const bool pruned_before = value.form && value.form->sparsity;
    for (std::size_t i = 0; pruned_before && i < values.size(); ++i) always[i] = values[i] == 0 ? 0.0F : 1.0F;
    auto mask = std::make_shared<MaskStep>(values.size(), watch);
    mask->set_mask(always);
    Value rest = value;  // what else its form says is kept behind the mask
    if (rest.form) rest.form->sparsity.reset();
    auto chain = steps_that_keep(rest);
    chain.insert(chain.begin(), mask);
    steps_.emplace(weights.value, std::move(chain));
    layers_.push_back({std::move(weights), rows, std::move(mask), share, std::move(always)});
  }
  if (layers_.empty()) fail("the model has no float32 weights to prune; prune the float model, then quantize it");
}

int Pruner::stage_at(std::int64_t step, std::int64_t steps) const {
  const double at = static_cast<double>(step) / static_cast<double>(std::max<std::int64_t>(1, steps));
  if (at < options_.begin) return -1;
  const double span = options_.end - options_.begin;
  const double t = span > 0 ? std::min(1.0, (at - options_.begin) / span) : 1.0;
  return options_.stages == 1 ? 1 : static_cast<int>(t * options_.stages);
}

// By the step alone: a training that goes on from a checkpoint chooses masks at the very steps of a whole one.
void Pruner::before_step(const TrainingPlan& plan, std::int64_t step, std::int64_t steps) {
  // What training watches says nothing before its first step.
  const std::int64_t first = layers_[0].mask->scores().empty() ? 0 : 1;
  const int stage = stage_at(step, steps);
  if (step < first || stage < 0) return;
  if (step > first && stage == stage_at(step - 1, steps)) return;
  choose_masks(
      graph_, [&](ValueId id) { return plan.stored(id); },
      static_cast<double>(stage) / static_cast<double>(options_.stages));
}

void Pruner::choose_masks(const Graph& graph, const ValuesOf& values_of, double progress) {
  const double share = 1 - std::pow(1 - std::clamp(progress, 0.0, 1.0), 3.0);
  std::vector<std::vector<float>> scores;
  for (const Layer& layer : layers_) {
    const std::vector<float> values = values_of(layer.weights.value);
    std::vector<float> score(values.size());
    const auto watched = layer.mask->scores();
    if (options_.criterion == PruneOptions::Criterion::own) {
      score = options_.score({graph, layer.weights.value, values, watched});
      assert(score.size() == values.size());
    } else if (watched.empty()) {
      for (std::size_t i = 0; i < values.size(); ++i) score[i] = std::fabs(values[i]);
    } else {
      score.assign(watched.begin(), watched.end());
    }
    const float least = score.empty() ? 0 : *std::ranges::min_element(score);
    for (std::size_t i = 0; i < score.size(); ++i) {
      if (layer.always[i] == 0) score[i] = least - 1;  // goes first
    }
    scores.push_back(std::move(score));
  }
  std::vector<double> shares;
  for (const Layer& layer : layers_) shares.push_back(layer.share * share);
  if (options_.scope != PruneOptions::Scope::layer && options_.pattern.keep == 0) {
    // One threshold: the share that each layer has below it.
    std::vector<std::pair<float, std::size_t>> all;
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      if (options_.of_layer.contains(layers_[l].weights.layer)) continue;
      std::vector<Unit> units = units_of(scores[l], layers_[l].rows, options_.pattern);
      if (options_.scope == PruneOptions::Scope::lamp) score_by_part_of_layer(units);
      for (const Unit& unit : units) all.emplace_back(unit.score, l);
    }
    std::ranges::stable_sort(all, {}, [](const auto& unit) { return unit.first; });
    std::vector<std::size_t> gone(layers_.size(), 0), there(layers_.size(), 0);
    const std::size_t out = part_of(all.size(), options_.sparsity * share);
    for (std::size_t i = 0; i < all.size(); ++i) {
      ++there[all[i].second];
      if (i < out) ++gone[all[i].second];
    }
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      if (there[l] > 0) shares[l] = static_cast<double>(gone[l]) / static_cast<double>(there[l]);
    }
  }
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    std::vector<float> mask = choose_mask(scores[l], layers_[l].rows, options_.pattern, shares[l]);
    for (std::size_t i = 0; i < mask.size(); ++i) mask[i] *= layers_[l].always[i];
    layers_[l].mask->set_mask(std::move(mask));
  }
}

void Pruner::prune_now(Graph& graph) {
  choose_masks(
      graph,
      [&](ValueId id) {
        const auto values = graph[id].values<float>();
        return std::vector<float>(values.begin(), values.end());
      },
      1);
  for (const Layer& layer : layers_) {
    Value& value = graph[layer.weights.value];
    const auto values = value.values<float>();
    std::vector<float> pruned(values.begin(), values.end());
    layer.mask->apply(pruned);
    value.constant = make_constant(pruned);
  }
  finish(graph);
}

void Pruner::finish(Graph& graph) const {
  for (const Layer& layer : layers_) {
    Value& value = graph[layer.weights.value];
    if (!value.form) value.form = WeightForm{.axis = layer.weights.axis};
    value.form->sparsity = options_.pattern;
    // Grids without a zero, and codebooks that lacked one, do not hold any more.
    if (value.form->codebook && std::ranges::find(value.values<float>(), 0.0F) != value.values<float>().end()) {
      drop_broken_parts(value);
    }
  }
}

}  // namespace mirim
