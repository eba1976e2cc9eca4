#pragma once

#include "mirim/graph/op.hpp"
#include "mirim/ops/activation.hpp"

namespace mirim {

/// y = x / sqrt(sum of x^2) along the last axis.
///
/// float32, int8 or uint8; the integers' output has scale 1/128, zero point 0 or 128. TFLite's L2_NORMALIZATION.
struct L2Normalization {
  static constexpr std::string_view name = "L2_NORMALIZATION";
  static constexpr int tflite_code = 11;
  static constexpr int tflite_options = 12;

  Activation activation = Activation::none;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const L2Normalization&) const = default;
};

}  // namespace mirim
