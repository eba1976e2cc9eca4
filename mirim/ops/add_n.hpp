#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// y = the sum of all inputs, two or more of one type and shape: float32, int32, or int8 with one quantization.
/// TFLite's ADD_N. TensorFlow Lite Micro's int8 kernel adds the inputs' zero point once too often, and so does this: it
/// is no form to quantize a float sum to.
struct AddN {
  static constexpr std::string_view name = "ADD_N";
  static constexpr int tflite_code = 106;
  static constexpr int tflite_options = 82;
  static constexpr bool elementwise = true;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options&) {}
  bool operator==(const AddN&) const = default;
};

}  // namespace mirim
