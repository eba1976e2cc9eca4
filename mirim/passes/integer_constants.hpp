#pragma once

#include <span>
#include <vector>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Makes integer constants of a graph's float ones for `quantize`, by TFLite's 8-bit specification. With `wide`
/// activations are int16 and biases int64, else int8 and int32. The old constants stay.
class IntegerConstants {
 public:
  IntegerConstants(Graph& graph, bool wide) : graph_(graph), wide_(wide) {}

  /// Floats on the grid of an activation.
  Constant activation(std::span<const float> values, const Quantization& q) const;

  /// The constant `id` with other elements.
  ValueId replace(ValueId id, DType dtype, Constant constant, Quantization quantization);

  /// Symmetric int8 with a scale for each index of `axis`, -1 for one of all: the largest magnitude / 127, but at least
  /// so large that the node's bias fits its type. Codebooks and grids (WeightForm) are kept. Hollow weights stay
  /// hollow, with scales such as He's initialisation gives. Throws Error unless the
  /// weights are finite constants.
  ValueId weights(const Node& node, ValueId id, int axis);

  /// Integers in steps of the node's input times its weights, whose integers must be there. Throws Error as `weights`.
  ValueId bias(const Node& node, ValueId id);

  /// The first operand of the node with this role; kNoValue if it has none.
  static ValueId operand(const Node& node, OperandRole::Kind role);

 private:
  Quantization weights_quantization(const Node& node, const std::vector<float>& largest, int axis) const;

  Graph& graph_;
  bool wide_;
};

}  // namespace mirim
