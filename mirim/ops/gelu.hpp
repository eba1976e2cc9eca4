#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// y = x * P(normal <= x) = x / 2 * (1 + erf(x / sqrt(2))); approximate: x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715
/// x^3))). float32 or int8. Hendrycks and Gimpel, 2016; TFLite's GELU.
struct Gelu {
  static constexpr std::string_view name = "GELU";
  static constexpr int tflite_code = 150;
  static constexpr int tflite_options = 116;
  static constexpr ActivationName activation_name = rectifier_called("gelu");
  static constexpr bool elementwise = true;

  bool approximate = false;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const Gelu&) const = default;
};

}  // namespace mirim
