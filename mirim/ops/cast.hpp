#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// y = x as numbers of type `to`; a bool is 0 or 1, and not 0 is true. Input and output float32, int32, int8 or bool;
/// a float is cut towards zero and held within the integer's range. TFLite's CAST.
struct Cast {
  static constexpr std::string_view name = "CAST";
  static constexpr int tflite_code = 53;
  static constexpr int tflite_options = 37;

  DType to = DType::float32;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  int tflite_version(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const Cast&) const = default;
};

}  // namespace mirim
