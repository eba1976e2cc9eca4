#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// y = x - log(sum of exp(x)) over the last dimension. float32, or int8 or uint8 with output scale 1/16 and the largest
/// number as zero point. TFLite's LOG_SOFTMAX.
struct LogSoftmax {
  static constexpr std::string_view name = "LOG_SOFTMAX";
  static constexpr int tflite_code = 50;
  static constexpr int tflite_options = 36;
  static constexpr OperatorKind kind = OperatorKind::activation;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options&) {}
  bool operator==(const LogSoftmax&) const = default;
};

}  // namespace mirim
