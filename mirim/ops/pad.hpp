#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// x with zeros around it: dimension d grows by paddings[d][0] at the front and paddings[d][1] at the end. For
/// quantized integers the zero is the zero point.
///
/// Inputs: x (at most 6 dimensions), and the paddings as a constant int32 [rank, 2]. Any type of elements. TFLite's
/// PAD.
struct Pad {
  static constexpr std::string_view name = "PAD";
  static constexpr int tflite_code = 34;
  static constexpr int tflite_options = 22;
  static constexpr std::array roles{role::activation, role::index};
  static constexpr OperatorKind kind = OperatorKind::move;

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options&) {}
  bool operator==(const Pad&) const = default;
};

/// PAD with a given value around x.
///
/// Inputs: x and the paddings as for PAD; the value, a constant of one element of x's type. TFLite's PADV2.
struct PadV2 {
  static constexpr std::string_view name = "PADV2";
  static constexpr int tflite_code = 60;
  static constexpr int tflite_options = 43;
  static constexpr std::array roles{role::activation, role::index, role::activation};
  static constexpr OperatorKind kind = OperatorKind::move;

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options&) {}
  bool operator==(const PadV2&) const = default;
};

}  // namespace mirim
