#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// x with the order of its elements reversed along the given axes.
///
/// Inputs: x of any type of elements, and the axes as constant integers, negative ones from the end. TFLite's
/// REVERSE_V2.
struct ReverseV2 {
  static constexpr std::string_view name = "REVERSE_V2";
  static constexpr int tflite_code = 105;
  static constexpr int tflite_options = 81;
  static constexpr std::array roles{role::activation, role::index};
  static constexpr OperatorKind kind = OperatorKind::move;

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options&) {}
  bool operator==(const ReverseV2&) const = default;
};

}  // namespace mirim
