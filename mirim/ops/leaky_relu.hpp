#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// y = x for x >= 0, alpha * x below. float32, int8, uint8 or int16. TFLite's LEAKY_RELU.
struct LeakyRelu {
  static constexpr std::string_view name = "LEAKY_RELU";
  static constexpr int tflite_code = 98;
  static constexpr int tflite_options = 75;
  static constexpr ActivationName activation_name = rectifier_called("leaky_relu");
  static constexpr bool elementwise = true;

  float alpha = 0.2F;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const LeakyRelu&) const = default;
};

}  // namespace mirim
