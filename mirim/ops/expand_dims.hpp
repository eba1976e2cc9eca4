#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// x with a new axis of size 1 at the given axis of the output; negative counts from the end.
///
/// Inputs: x of any type; the axis, one constant integer. TFLite's EXPAND_DIMS.
struct ExpandDims {
  static constexpr std::string_view name = "EXPAND_DIMS";
  static constexpr int tflite_code = 70;
  static constexpr int tflite_options = 52;
  static constexpr std::array roles{role::activation, role::index};
  static constexpr OperatorKind kind = OperatorKind::move;

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options&) {}
  bool operator==(const ExpandDims&) const = default;
};

/// x without the axes `squeeze_dims`, which must have size 1; if none are given, without all axes of size 1. Any type.
/// TFLite's SQUEEZE.
struct Squeeze {
  static constexpr std::string_view name = "SQUEEZE";
  static constexpr int tflite_code = 43;
  static constexpr int tflite_options = 30;
  static constexpr OperatorKind kind = OperatorKind::move;

  std::vector<std::int32_t> squeeze_dims{};  ///< negative from the end

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const Squeeze&) const = default;
};

}  // namespace mirim
