#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// y = x converted to type `to`; a bool is 0 or 1, and any number but 0 is true. Any types of elements, and float64. A
/// float is truncated and clamped to the integer's range; an integer that does not fit loses its upper bits. TFLite's
/// CAST.
struct Cast {
  static constexpr std::string_view name = "CAST";
  static constexpr int tflite_code = 53;
  static constexpr int tflite_options = 37;
  static constexpr OperatorKind kind = OperatorKind::type;
  static constexpr bool elementwise = true;

  DType to = DType::float32;
  DType in_data_type = DType::float32;   ///< as in the file; the tensors' types decide
  DType out_data_type = DType::float32;  ///< the same

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const Cast&) const = default;
};

}  // namespace mirim
