#pragma once

#include "mirim/graph/op.hpp"
#include "mirim/ops/activation.hpp"
#include "mirim/ops/window.hpp"

namespace mirim {

/// y[n,h,w,c*m+k] = activation(bias[c*m+k] + sum over i, j of weights[0,i,j,c*m+k] * x[n, h*stride - before +
/// i*dilation, ..., c]) with m outputs for every input channel.
///
/// Inputs: x [N,H,W,C], weights [1,KH,KW,C*m], bias [C*m] (optional); output [N,OH,OW,C*m]. m follows from the shapes;
/// depth_multiplier is only the file's value. float32, or int8 with an int32 bias. TFLite's DEPTHWISE_CONV_2D.
struct DepthwiseConv2d {
  static constexpr std::string_view name = "DEPTHWISE_CONV_2D";
  static constexpr int tflite_code = 4;
  static constexpr int tflite_options = 2;
  static constexpr std::array roles{role::activation, role::weights(3), role::bias};

  Padding padding = Padding::same;
  Size2d stride{};
  std::int32_t depth_multiplier = 1;
  Size2d dilation{};
  Activation activation = Activation::none;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const DepthwiseConv2d&) const = default;
};

}  // namespace mirim
