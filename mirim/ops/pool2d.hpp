#pragma once

#include "mirim/graph/op.hpp"
#include "mirim/ops/activation.hpp"
#include "mirim/ops/window.hpp"

namespace mirim {

/// y[n,h,w,c] = activation(mean of x[n,.,.,c] over the window); padding counts neither in the sum nor in the number. x
/// [N,H,W,C], float32, int8, uint8 or int16. TFLite's AVERAGE_POOL_2D.
struct AveragePool2d {
  static constexpr std::string_view name = "AVERAGE_POOL_2D";
  static constexpr int tflite_code = 1;
  static constexpr int tflite_options = 5;
  static constexpr OperatorKind kind = OperatorKind::pool;

  Padding padding = Padding::valid;
  Size2d stride{};
  Size2d filter{};
  Activation activation = Activation::none;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const AveragePool2d&) const = default;
};

/// y[n,h,w,c] = activation(largest of x[n,.,.,c] in the window). The gradient goes to the first of the largest.
/// x [N,H,W,C], float32, int8, uint8 or int16. TFLite's MAX_POOL_2D.
struct MaxPool2d {
  static constexpr std::string_view name = "MAX_POOL_2D";
  static constexpr int tflite_code = 17;
  static constexpr int tflite_options = 5;
  static constexpr OperatorKind kind = OperatorKind::pool;

  Padding padding = Padding::valid;
  Size2d stride{};
  Size2d filter{};
  Activation activation = Activation::none;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const MaxPool2d&) const = default;
};

/// y[n,h,w,c] = activation(root of the mean of the squares of x[n,.,.,c] in the window); padding counts neither in the
/// sum nor in the number. x [N,H,W,C], float32. TFLite's L2_POOL_2D.
struct L2Pool2d {
  static constexpr std::string_view name = "L2_POOL_2D";
  static constexpr int tflite_code = 12;
  static constexpr int tflite_options = 5;
  static constexpr OperatorKind kind = OperatorKind::pool;

  Padding padding = Padding::valid;
  Size2d stride{};
  Size2d filter{};
  Activation activation = Activation::none;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const L2Pool2d&) const = default;
};

}  // namespace mirim
