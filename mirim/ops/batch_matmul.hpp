#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// y[.., r, c] = sum over d of a[.., r, d] * b[.., d, c]; the leading axes broadcast.
///
/// Inputs: a [.., rows, depth] (with adj_x [.., depth, rows]) and b [.., depth, columns] (with adj_y [.., columns,
/// depth]), of 2 to 5 dimensions, float32, int8 or int16; or a float32 and b int8 (dynamic range). TFLite's
/// BATCH_MATMUL.
struct BatchMatMul {
  static constexpr std::string_view name = "BATCH_MATMUL";
  static constexpr int tflite_code = 126;
  static constexpr int tflite_options = 101;

  bool adj_x = false;
  bool adj_y = false;
  bool asymmetric_quantize_inputs = false;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const BatchMatMul&) const = default;
};

}  // namespace mirim
