#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// y[..., c] = gamma[c] * (x[..., c] - mean[c]) / sqrt(variance[c] + epsilon) + beta[c]
///
/// Inputs: x [..., C], gamma [C], beta [C], running mean [C], running variance [C]; output of x's type, float32. For
/// training only (TFLite has none): in inference it is a MUL and an ADD. forward uses the running statistics;
/// forward_training uses those of the batch, mean and biased variance over all axes but the last. It leaves them in the
/// first 2C floats of the saved bytes, for updating the running ones:
///   running = momentum * running + (1 - momentum) * batch.
/// Ioffe and Szegedy, "Batch Normalization", 2015.
struct BatchNorm {
  static constexpr std::string_view name = "BATCH_NORM";
  static constexpr int tflite_code = -1;
  static constexpr int tflite_options = 0;
  static constexpr std::array roles{role::activation, role::scale, role::shift, role::mean, role::variance};

  float epsilon = 1e-3F;
  float momentum = 0.99F;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  std::int64_t saved_bytes(Types in) const;
  void forward_training(Inputs x, Outputs y, TrainingState s) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  void options(Options& o);
  bool operator==(const BatchNorm&) const = default;
};

}  // namespace mirim
