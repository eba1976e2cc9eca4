#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// The dimensions of x as a vector. Input x of any type, output int32 or int64 by `out_type`. It is known once x's
/// shape is, so it is folded before a graph is run or compiled. TFLite's SHAPE.
struct ShapeOf {
  static constexpr std::string_view name = "SHAPE";
  static constexpr int tflite_code = 77;
  static constexpr int tflite_options = 55;
  static constexpr std::array roles{role::index};
  static constexpr OperatorKind kind = OperatorKind::move;

  DType out_type = DType::int32;

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const ShapeOf&) const = default;
};

/// The number of x's dimensions, an int32. Input x of any type. Folded like SHAPE. TFLite's RANK.
struct Rank {
  static constexpr std::string_view name = "RANK";
  static constexpr int tflite_code = 110;
  static constexpr int tflite_options = 86;
  static constexpr std::array roles{role::index};
  static constexpr OperatorKind kind = OperatorKind::move;

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options&) {}
  bool operator==(const Rank&) const = default;
};

}  // namespace mirim
