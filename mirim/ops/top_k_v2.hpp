#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// The k largest elements of each row of x along its last axis, the largest first, and their positions as int32; of
/// equals, that which comes first. NaN is smaller than any number.
///
/// Inputs: x, numbers of any type; k, a constant of one element. TFLite's TOPK_V2.
struct TopKV2 {
  static constexpr std::string_view name = "TOPK_V2";
  static constexpr int tflite_code = 48;
  static constexpr int tflite_options = 34;
  static constexpr std::array roles{role::activation, role::index};

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options&) {}
  bool operator==(const TopKV2&) const = default;
};

}  // namespace mirim
