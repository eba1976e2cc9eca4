#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// y[..., c] = x[..., c] * (bias + alpha * sum of x[..., k]^2 for |k - c| <= radius)^-beta, as in Krizhevsky et al.,
/// "ImageNet Classification with Deep Convolutional Neural Networks", 2012. x [N,H,W,C], float32. TFLite's
/// LOCAL_RESPONSE_NORMALIZATION.
struct LocalResponseNormalization {
  static constexpr std::string_view name = "LOCAL_RESPONSE_NORMALIZATION";
  static constexpr int tflite_code = 13;
  static constexpr int tflite_options = 13;

  std::int32_t radius = 5;
  float bias = 1;
  float alpha = 1;
  float beta = 0.5F;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const LocalResponseNormalization&) const = default;
};

}  // namespace mirim
