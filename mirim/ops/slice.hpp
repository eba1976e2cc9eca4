#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// size[d] elements of x from begin[d] on, along every axis; a size of -1 takes the rest.
///
/// Inputs: x of any type of elements; begin and size, int32 or int64, as many as x has dimensions. size is constant. A
/// begin that is computed at run time becomes the nearest position at which the slice is inside; with it a size of -1
/// takes the whole axis, as if it began at 0. TFLite's SLICE.
struct Slice {
  static constexpr std::string_view name = "SLICE";
  static constexpr int tflite_code = 65;
  static constexpr int tflite_options = 48;
  static constexpr std::array roles{role::activation, role::index};
  static constexpr OperatorKind kind = OperatorKind::move;

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options&) {}
  bool operator==(const Slice&) const = default;
};

}  // namespace mirim
