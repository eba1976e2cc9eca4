#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// The dense form of a constant that a file stores sparse. A constant of a Graph is already dense, so y = x. It is
/// folded before a model is run or compiled. TFLite's DENSIFY.
struct Densify {
  static constexpr std::string_view name = "DENSIFY";
  static constexpr int tflite_code = 124;
  static constexpr int tflite_options = 99;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options&) {}
  bool operator==(const Densify&) const = default;
};

}  // namespace mirim
