#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// y = clamp(round(x / scale) + zero_point) with the output's scale and zero point; halves are rounded away from zero.
/// An integer x is requantized.
///
/// Input float32, int8, uint8, int16 or int32, output of type `to`: int8, uint8, int16 or int32. TFLite's QUANTIZE.
struct Quantize {
  static constexpr std::string_view name = "QUANTIZE";
  static constexpr int tflite_code = 114;
  static constexpr int tflite_options = 89;
  static constexpr OperatorKind kind = OperatorKind::type;
  static constexpr bool elementwise = true;

  DType to = DType::int8;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const Quantize&) const = default;
};

}  // namespace mirim
