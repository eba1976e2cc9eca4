#pragma once

#include "mirim/graph/op.hpp"
#include "mirim/ops/activation.hpp"
#include "mirim/ops/window.hpp"

namespace mirim {

/// y[n,h,w,o] = activation(bias[o] + sum over all i, j, k, l, c with i*stride + k == h + before, j*stride + l == w +
/// before of weights[o,k,l,c] * x[n,i,j,c]): the input gradient of CONV_2D.
///
/// Inputs: the output's shape (four int32), weights [O,KH,KW,C], x [N,H,W,C], bias [O] (optional); output [N,OH,OW,O].
/// A shape that is computed at run time is inferred from input and padding: H*stride for SAME, (H-1)*stride + KH for
/// VALID. float32; int8 or uint8 with an int32 bias; int16 with int8 weights and an int64 bias (or int32, or int16 in
/// old files). TFLite's TRANSPOSE_CONV.
struct TransposeConv {
  static constexpr std::string_view name = "TRANSPOSE_CONV";
  static constexpr int tflite_code = 67;
  static constexpr int tflite_options = 49;
  static constexpr std::array roles{role::index, role::weights(0), role::activation, role::bias};

  Padding padding = Padding::same;
  Size2d stride{};
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
  bool operator==(const TransposeConv&) const = default;

  /// The windows over the output's rows and columns of the CONV_2D whose input gradient this is: window i is pixel i of
  /// x.
  struct Windows {
    Window vertical, horizontal;
  };
  Windows windows(const Shape& x, const Shape& weights, const Shape& output) const;
};

}  // namespace mirim
