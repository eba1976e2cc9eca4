#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mirim/base/settings.hpp"
#include "mirim/compress/steps.hpp"
#include "mirim/passes/calibrate.hpp"
#include "mirim/passes/quantize.hpp"
#include "mirim/train/fit.hpp"

namespace mirim {

/// How weights and activations are rounded while a model is trained for integers.
struct GridSettings {
  std::string weights = "8";
  std::string layers;
  std::string weight_scale = "auto";
  std::string ranges = "average";
  std::map<std::string, int> chosen{};  ///< bits by layer, found by choose_bits and no setting

  void settings(Settings& s) {
    s.field("weights", weights,
            "of weights: 8, 4 or 2 (bits), ternary or binary, a scale for each output channel; or float16: a float "
            "model of "
            "half the size");
    s.field("layers", layers, "another one for some layers: conv1=8,dense=ternary");
    s.field(
        "weight_scale", weight_scale,
        "of weights: largest (the largest weight is the largest integer), learnt, least_error (of rounding), or auto: "
        "largest for 8 bits, else learnt with --epochs and least_error without");
    s.field("ranges", ranges, "of activations in training: average (of the batches' ends), learnt, or fixed");
  }
};

/// Quantization-aware training of a graph that went through prepare_for_quantization (so batch norm is folded): weights
/// are rounded to their grids and activations as `quantize` would, gradients pass straight through.
class AwareTraining {
 public:
  /// `ranges` by ValueId, from calibrate. `trains`: whether there will be a training, where scales can be learnt.
  /// Throws Error for unknown words and layers.
  AwareTraining(const Graph& graph, const std::vector<Range>& ranges, const QuantizeOptions& quantization,
                const GridSettings& settings, bool trains = true);

  /// For a training with at least one epoch. Valid as long as this lives.
  Shaping shaping() const;

  /// The grids that the weights of a graph would be rounded to, with a scale for each row; by ValueId.
  std::map<ValueId, WeightForm::Grid> grids(const Graph& graph) const;

  /// Rounds the weights of a graph to their grids and notes these in the forms; at the end of the training or in its
  /// place.
  void finish(Graph& graph) const;

  /// `ranges` where grids have learnt others.
  std::vector<Range> ranges(const std::vector<LearntRange>& learnt) const;

 private:
  struct Weights {
    ValueId value;
    int axis;
    std::vector<std::shared_ptr<Parametrisation>> steps;
    std::shared_ptr<GridStep> grid;
  };
  /// The bias of a layer, rounded by the scales of its input and its weights.
  struct Bias {
    ValueId value;
    ValueId input;
    std::shared_ptr<BiasStep> step;
  };
  void add_weights(const Graph& graph, const GridSettings& settings, bool trains);
  void add_activations(const Graph& graph, const GridSettings& settings);
  void add_biases(const Graph& graph);
  void set_input_scales(const std::vector<LearntRange>& learnt) const;

  std::vector<Range> ranges_;
  SharedQuantization shared_;
  std::vector<Weights> weights_;
  std::vector<Bias> biases_;
  std::vector<ActivationGrid> grids_;
  std::string described_;
};

}  // namespace mirim
