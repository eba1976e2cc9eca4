#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mirim/compress/steps.hpp"
#include "mirim/exec/training_plan.hpp"
#include "mirim/graph/graph.hpp"

/// Unstructured pruning: weights become 0 by their scores, alone, in blocks, or N of M.
namespace mirim {

/// What is known of a weights constant when it is scored. By element, in memory order.
struct Scoring {
  const Graph& graph;
  ValueId weights;
  std::span<const float> values;   ///< the stored weights, those under a mask too
  std::span<const float> watched;  ///< what MaskStep gathered; empty before the first training step
};

struct PruneOptions {
  enum class Criterion {
    magnitude,  ///< |w|
    taylor,     ///< the moving average of |w dL/dw|
    movement,   ///< how far training moves w away from 0
    own,        ///< `score`
  };
  enum class Scope {
    layer,   ///< each layer has the same share of zeros
    global,  ///< one threshold for the scores of all layers
    /// One threshold for what a weight is to its layer: its squared score, as a part of the squares of all weights that
    /// stay with it (LAMP; Lee et al., 2021). Layers of small weights, as folded batch norm makes them, live on.
    lamp,
  };
  double sparsity = 0.5;  ///< share of zeros at the end, in [0, 1)
  Scope scope = Scope::layer;
  WeightForm::Sparsity pattern{};
  Criterion criterion = Criterion::magnitude;
  std::function<std::vector<float>(const Scoring&)> score{};  ///< low ones go first
  std::map<std::string, double> of_layer{};                   ///< another share for a layer, by name; 0 leaves it alone
  /// The share rises from 0 (Zhu and Gupta, 2017): s(t) = sparsity (1 - (1 - t)^3), t from 0 at `begin` to 1 at `end`,
  /// both as parts of the training, in `stages` equal steps of time. One stage: at once at `begin`.
  double begin = 0;
  double end = 0.5;
  int stages = 100;
};

/// A constant that can be pruned, with the layer that reads it.
struct PrunableWeights {
  ValueId value = kNoValue;
  int axis = 0;       ///< of the outputs
  std::string layer;  ///< as messages and settings name it
};

/// The weights (OperandRole) of layers that training changes; in the order of the nodes.
std::vector<PrunableWeights> prunable_weights(const Graph& graph);

/// The one of this name. Throws Error, with the nearest name, where there is none.
PrunableWeights weights_called(const Graph& graph, const std::string& layer);

/// Throws Error for the first key of a map by layer that no layer with weights has.
template <class T>
void require_layers(const Graph& graph, const std::map<std::string, T>& by_layer) {
  for (const auto& [layer, setting] : by_layer) static_cast<void>(weights_called(graph, layer));
}

/// 1 for each element that stays. The units of the pattern with the lowest mean scores go, as many as bring the share
/// of zeros nearest to `share`; of equal scores the first. With a pattern N of M each group keeps its best N whatever
/// `share` is, as long as it is not 0.
std::vector<float> choose_mask(std::span<const float> scores, const RowsOf& rows, const WeightForm::Sparsity& pattern,
                               double share);

/// Prunes a graph while it is trained, or at once.
class Pruner {
 public:
  /// Zeros that the weights' forms say are pruned stay so. Throws Error for shares out of [0, 1), a layer that is not
  /// there or has nothing to prune, blocks larger than the weights, N > M, and an `own` criterion without a function.
  Pruner(const Graph& graph, PruneOptions options);

  /// The steps for TrainingOptions: the masks, and behind them what keeps the rest of a form.
  const Parametrisations& steps() const { return steps_; }

  /// For Shaping::before_step.
  void before_step(const TrainingPlan& plan, std::int64_t step, std::int64_t steps);

  /// Prunes the graph's own weights to the whole sparsity now. For criteria that need no training.
  void prune_now(Graph& graph);

  /// After training: notes in the forms what was pruned.
  void finish(Graph& graph) const;

 private:
  struct Layer {
    PrunableWeights weights;
    RowsOf rows;
    std::shared_ptr<MaskStep> mask;
    double share;
    std::vector<float> always;  // 0 where a zero stays from before
  };
  int stage_at(std::int64_t step, std::int64_t steps) const;
  using ValuesOf = std::function<std::vector<float>(ValueId)>;
  void choose_masks(const Graph& graph, const ValuesOf& values_of, double progress);

  Graph graph_;  // as it was, for `own` scores
  PruneOptions options_;
  std::vector<Layer> layers_;
  Parametrisations steps_;
};

}  // namespace mirim
