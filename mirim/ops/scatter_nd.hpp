#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// Zeros of the shape given, with the updates added at the coordinates: y[positions[k]] = sum of the updates[k] there.
///
/// Inputs: positions [..., depth], int32; updates [..., rest of the shape], any type of elements; the shape, constant
/// int32. Integers wrap around. An update at a position outside that is computed at run time is left out. TFLite's
/// SCATTER_ND.
struct ScatterNd {
  static constexpr std::string_view name = "SCATTER_ND";
  static constexpr int tflite_code = 122;
  static constexpr int tflite_options = 97;
  static constexpr std::array roles{role::index, role::activation, role::index};

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options&) {}
  bool operator==(const ScatterNd&) const = default;
};

}  // namespace mirim
