#pragma once

#include "mirim/graph/op.hpp"
#include "mirim/ops/activation.hpp"

namespace mirim {

/// The inputs joined along `axis`; all other dimensions are equal. Any type of elements. TFLite's CONCATENATION.
struct Concatenation {
  static constexpr std::string_view name = "CONCATENATION";
  static constexpr int tflite_code = 2;
  static constexpr int tflite_options = 10;
  static constexpr OperatorKind kind = OperatorKind::move;

  std::int32_t axis = -1;
  Activation activation = Activation::none;  ///< TFLite supports none

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const Concatenation&) const = default;
};

}  // namespace mirim
