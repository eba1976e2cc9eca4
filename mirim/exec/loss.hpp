#pragma once

#include <vector>

namespace mirim {

/// What a training step makes small: the mean over the samples of a batch.
struct Loss {
  enum class Kind {
    /// -sum_c t[c] log softmax(z)[c], with z the input of the graph's final SOFTMAX, or its output when it ends
    /// otherwise; t is one-hot, smoothed: (1 - s) [c == label] + s / classes.
    softmax_cross_entropy,
    /// mean over the elements of a sample of (y - target)^2
    mean_squared_error,
  };
  Kind kind = Kind::softmax_cross_entropy;
  float label_smoothing = 0;           ///< s, in [0, 1)
  std::vector<float> class_weights{};  ///< a sample's loss is multiplied by its label's; empty: all 1
};

}  // namespace mirim
