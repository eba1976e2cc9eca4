#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// x cut along `axis` into single slices; the axis disappears. Any type of elements. TFLite's UNPACK.
struct Unpack {
  static constexpr std::string_view name = "UNPACK";
  static constexpr int tflite_code = 88;
  static constexpr int tflite_options = 64;
  static constexpr OperatorKind kind = OperatorKind::move;

  std::int32_t num = 0;  ///< of outputs: x's length along the axis
  std::int32_t axis = 0;

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const Unpack&) const = default;
};

}  // namespace mirim
