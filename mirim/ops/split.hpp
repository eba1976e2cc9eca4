#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// x cut along an axis into num_splits outputs of equal length.
///
/// Inputs: the axis, a constant int32 of one element, and x of any type of elements. TFLite's SPLIT.
struct Split {
  static constexpr std::string_view name = "SPLIT";
  static constexpr int tflite_code = 49;
  static constexpr int tflite_options = 35;
  static constexpr std::array roles{role::index, role::activation};
  static constexpr OperatorKind kind = OperatorKind::move;

  std::int32_t num_splits = 1;

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const Split&) const = default;
};

/// x cut along an axis into outputs of the lengths in input 1; one of them may be -1 and is then computed from the
/// others.
///
/// Inputs: x of any type of elements; the lengths, a constant int32 vector; the axis, a constant int32 of one element.
/// TFLite's SPLIT_V.
struct SplitV {
  static constexpr std::string_view name = "SPLIT_V";
  static constexpr int tflite_code = 102;
  static constexpr int tflite_options = 79;
  static constexpr std::array roles{role::activation, role::index};
  static constexpr OperatorKind kind = OperatorKind::move;

  std::int32_t num_splits = 1;

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const SplitV&) const = default;
};

}  // namespace mirim
