#pragma once

#include "mirim/graph/op.hpp"
#include "mirim/ops/activation.hpp"
#include "mirim/ops/window.hpp"

namespace mirim {

/// y[n,h,w,o] = activation(bias[o] + sum over i, j, c of weights[o,i,j,c] * x[n, h*stride - before + i*dilation, ...,
/// c])
///
/// Inputs: x [N,H,W,C], weights [O,KH,KW,C/groups], bias [O] (optional); output [N,OH,OW,O]. If the weights have fewer
/// channels than C, the channels are grouped, and output o reads the channels of group o * groups / O. float32, or int8
/// with an int32 bias. TFLite's CONV_2D, which LiteRT refuses without a bias.
struct Conv2d {
  static constexpr std::string_view name = "CONV_2D";
  static constexpr int tflite_code = 3;
  static constexpr int tflite_options = 1;
  static constexpr std::array roles{role::activation, role::weights(0), role::bias};

  Padding padding = Padding::same;
  Size2d stride{};
  Size2d dilation{};
  Activation activation = Activation::none;
  DType quantized_bias_type = DType::float32;  ///< for int16 activations only; kept for the file

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const Conv2d&) const = default;
};

}  // namespace mirim
