#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// The same elements in another shape; one dimension may be -1 and is then computed from the others.
///
/// Inputs: x, and the shape as a constant int32 vector; without that, `new_shape`. Any type. TFLite's RESHAPE.
struct Reshape {
  static constexpr std::string_view name = "RESHAPE";
  static constexpr int tflite_code = 22;
  static constexpr int tflite_options = 17;
  static constexpr std::array roles{role::activation, role::index};
  static constexpr OperatorKind kind = OperatorKind::move;

  std::vector<std::int32_t> new_shape{};

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const Reshape&) const = default;
};

}  // namespace mirim
