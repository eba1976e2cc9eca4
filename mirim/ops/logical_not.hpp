#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// y = not x. bool. TFLite's LOGICAL_NOT.
struct LogicalNot {
  static constexpr std::string_view name = "LOGICAL_NOT";
  static constexpr int tflite_code = 87;
  static constexpr int tflite_options = 63;
  static constexpr bool elementwise = true;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options&) {}
  bool operator==(const LogicalNot&) const = default;
};

}  // namespace mirim
