#pragma once

#include "mirim/graph/op.hpp"
#include "mirim/ops/activation.hpp"
#include "mirim/ops/window.hpp"

namespace mirim {

/// Strides or dilations of a volume: `.stride = {.depth = 2}`.
struct Size3d {
  std::int32_t depth = 1;
  std::int32_t height = 1;
  std::int32_t width = 1;

  bool operator==(const Size3d&) const = default;
};

/// y[n,d,h,w,o] = activation(bias[o] + sum over i, j, k, c of weights[i,j,k,c,o] * x[n, d*stride - before + i*dilation,
/// ..., c])
///
/// Inputs: x [N,D,H,W,C], weights [KD,KH,KW,C,O], bias [O] (optional); output [N,OD,OH,OW,O]. float32, as in LiteRT.
/// TFLite's CONV_3D.
struct Conv3d {
  static constexpr std::string_view name = "CONV_3D";
  static constexpr int tflite_code = 132;
  static constexpr int tflite_options = 106;
  static constexpr std::array roles{role::activation, role::weights(4), role::bias};

  Padding padding = Padding::same;
  Size3d stride{};
  Size3d dilation{};
  Activation activation = Activation::none;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const Conv3d&) const = default;
};

}  // namespace mirim
