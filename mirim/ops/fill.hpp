#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// One value in every element of the given shape.
///
/// Inputs: the shape, constant integers; the value, one element of any type. TFLite's FILL.
struct Fill {
  static constexpr std::string_view name = "FILL";
  static constexpr int tflite_code = 94;
  static constexpr int tflite_options = 68;
  static constexpr std::array roles{role::index, role::activation};
  static constexpr OperatorKind kind = OperatorKind::move;

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options&) {}
  bool operator==(const Fill&) const = default;
};

/// Zeros in the shape and type of x, integers with all bits 0. Input: x, float32, int8, int32 or int64, of which only
/// the shape is used. TFLite's ZEROS_LIKE.
struct ZerosLike {
  static constexpr std::string_view name = "ZEROS_LIKE";
  static constexpr int tflite_code = 93;
  static constexpr int tflite_options = 67;
  static constexpr OperatorKind kind = OperatorKind::move;

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options&) {}
  bool operator==(const ZerosLike&) const = default;
};

}  // namespace mirim
