#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// y[..., c] = exp(beta * (x[..., c] - max)) / sum over k of exp(beta * (x[..., k] - max)), along the last axis.
///
/// float32, int8, uint8 or int16; output of the input's type, or int16 of int8. TFLite's SOFTMAX.
struct Softmax {
  static constexpr std::string_view name = "SOFTMAX";
  static constexpr int tflite_code = 25;
  static constexpr int tflite_options = 9;
  static constexpr ActivationName activation_name = activation_called("softmax");

  float beta = 1;
  bool to_int16 = false;  ///< int8 inputs give int16

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const Softmax&) const = default;
};

}  // namespace mirim
