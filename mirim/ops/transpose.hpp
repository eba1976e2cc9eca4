#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// Axis k of y is axis perm[k] of x.
///
/// Inputs: x of any type of elements, at most 6 dimensions; perm, a constant int32 vector with each axis once.
/// TFLite's TRANSPOSE.
struct Transpose {
  static constexpr std::string_view name = "TRANSPOSE";
  static constexpr int tflite_code = 39;
  static constexpr int tflite_options = 26;
  static constexpr std::array roles{role::activation, role::index};
  static constexpr OperatorKind kind = OperatorKind::move;

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options&) {}
  bool operator==(const Transpose&) const = default;
};

}  // namespace mirim
