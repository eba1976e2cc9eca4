#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// y = scale * (x - zero_point) with the input's scale and zero point, along its quantized dimension if it has several.
///
/// Input int4, int8, uint8, int16 or int32, output float32. Or a float16 constant without a scale, which is only
/// widened; it is folded before the model is run or compiled. TFLite's DEQUANTIZE.
struct Dequantize {
  static constexpr std::string_view name = "DEQUANTIZE";
  static constexpr int tflite_code = 6;
  static constexpr int tflite_options = 38;
  static constexpr OperatorKind kind = OperatorKind::type;
  static constexpr bool elementwise = true;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options&) {}
  bool operator==(const Dequantize&) const = default;
};

}  // namespace mirim
