#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// At inference y = x. In training y = x * mask, where mask is 0 with probability `rate` and else 1 / (1 - rate), so
/// that the mean stays ("inverted dropout"). TrainingState::seed determines the mask, so backward can repeat it.
/// float32; for training only. Srivastava et al., "Dropout", 2014.
struct Dropout {
  static constexpr std::string_view name = "DROPOUT";
  static constexpr int tflite_code = -1;
  static constexpr int tflite_options = 0;

  float rate = 0.5F;  ///< in [0, 1)

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void forward_training(Inputs x, Outputs y, TrainingState s) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  void options(Options& o);
  bool operator==(const Dropout&) const = default;
};

}  // namespace mirim
