#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// x repeated as a whole, multiples[d] times along each axis d.
///
/// Inputs: x of any type of elements; multiples, constant integers, as many as x has dimensions. TFLite's TILE.
struct Tile {
  static constexpr std::string_view name = "TILE";
  static constexpr int tflite_code = 69;
  static constexpr int tflite_options = 51;
  static constexpr std::array roles{role::activation, role::index};
  static constexpr OperatorKind kind = OperatorKind::move;

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options&) {}
  bool operator==(const Tile&) const = default;
};

}  // namespace mirim
