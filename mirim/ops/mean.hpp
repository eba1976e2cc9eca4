#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// The mean of x over the given axes, which disappear or, with keep_dims, stay with size 1.
///
/// Inputs: x (at most 6 dimensions), and the axes as a constant int32 vector, negative ones from the end. float32 or
/// int8. TFLite's MEAN.
struct Mean {
  static constexpr std::string_view name = "MEAN";
  static constexpr int tflite_code = 40;
  static constexpr int tflite_options = 27;

  bool keep_dims = false;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const Mean&) const = default;
};

}  // namespace mirim
