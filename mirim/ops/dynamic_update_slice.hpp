#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// x with `update` in place of the elements from `begin` on: y[begin + d] = update[d], else x.
///
/// Inputs: x of any type of elements; update, of the same type and rank, along no axis longer; begin, int32 or int64, a
/// position for each axis. A position where the update would not be inside becomes the nearest where it is. TFLite's
/// DYNAMIC_UPDATE_SLICE.
struct DynamicUpdateSlice {
  static constexpr std::string_view name = "DYNAMIC_UPDATE_SLICE";
  static constexpr int tflite_code = 151;
  static constexpr int tflite_options = 117;
  static constexpr std::array roles{role::activation, role::activation, role::index};
  static constexpr OperatorKind kind = OperatorKind::move;

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options&) {}
  bool operator==(const DynamicUpdateSlice&) const = default;
};

}  // namespace mirim
