#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// The inputs, all of one shape, joined along a new axis `axis` of the output. Any type of elements. TFLite's PACK.
struct Pack {
  static constexpr std::string_view name = "PACK";
  static constexpr int tflite_code = 83;
  static constexpr int tflite_options = 59;
  static constexpr OperatorKind kind = OperatorKind::move;

  std::int32_t values_count = 0;  ///< the number of inputs
  std::int32_t axis = 0;          ///< negative from the end of the output's axes

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const Pack&) const = default;
};

}  // namespace mirim
