#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// The slices of x at the given positions, each a row of coordinates in its first K axes: y[p...] = x[positions[p...,
/// 0], ..., positions[p..., K - 1]].
///
/// Inputs: x of any type of elements; positions [..., K], int32 or int64. If they are computed at run time, one that is
/// outside becomes the nearest valid one. TFLite's GATHER_ND.
struct GatherNd {
  static constexpr std::string_view name = "GATHER_ND";
  static constexpr int tflite_code = 107;
  static constexpr int tflite_options = 83;
  static constexpr std::array roles{role::activation, role::index};
  static constexpr OperatorKind kind = OperatorKind::move;

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options&) {}
  bool operator==(const GatherNd&) const = default;
};

}  // namespace mirim
