#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// Running sums along an axis: y[k] = sum of x[j] for j <= k; with `exclusive` for j < k, with `reverse` from the end.
///
/// Inputs: x, float32, int32, int64 or quantized int8, and the axis as a constant integer. int8 sums start at minus the
/// zero point of x instead of 0, as in tflite-micro; so quantization does not make it int8. TFLite's CUMSUM.
struct Cumsum {
  static constexpr std::string_view name = "CUMSUM";
  static constexpr int tflite_code = 128;
  static constexpr int tflite_options = 102;
  static constexpr std::array roles{role::activation, role::index};

  bool exclusive = false;
  bool reverse = false;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const Cumsum&) const = default;
};

}  // namespace mirim
