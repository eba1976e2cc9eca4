#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// The slices of x at the given positions along `axis`, in the positions' shape: y[..., p..., ...] = x[...,
/// positions[p...], ...]. The first `batch_dims` dimensions of both are equal, and each has its own positions.
///
/// Inputs: x of any type of elements; positions, int32 or int64. If they are computed at run time, one that is outside
/// becomes the nearest valid one. TFLite's GATHER.
struct Gather {
  static constexpr std::string_view name = "GATHER";
  static constexpr int tflite_code = 36;
  static constexpr int tflite_options = 23;
  static constexpr std::array roles{role::activation, role::index};
  static constexpr OperatorKind kind = OperatorKind::move;

  std::int32_t axis = 0;        ///< negative from the end of x's axes
  std::int32_t batch_dims = 0;  ///< negative from the end of the positions' axes

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const Gather&) const = default;
};

}  // namespace mirim
