#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// x repeated along axes of size 1, and along new leading axes, to the given shape.
///
/// Inputs: x of any type of elements; the shape, constant integers. TFLite's BROADCAST_TO.
struct BroadcastTo {
  static constexpr std::string_view name = "BROADCAST_TO";
  static constexpr int tflite_code = 130;
  static constexpr int tflite_options = 104;
  static constexpr std::array roles{role::activation, role::index};
  static constexpr OperatorKind kind = OperatorKind::move;

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options&) {}
  bool operator==(const BroadcastTo&) const = default;
};

}  // namespace mirim
