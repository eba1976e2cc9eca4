#pragma once

#include <cstdint>
#include <vector>

#include "mirim/learn/rows.hpp"

namespace mirim {

struct PerceptronOptions {
  std::int64_t epochs = 1000;
  std::int64_t patience = 5;
  double tolerance = 1e-3;
  bool shuffle = true;
};

struct PerceptronWeights {
  std::vector<float> weights{};
  float bias = 0;
  std::int64_t epochs = 0;  ///< that it took
  std::int64_t wrong = 0;   ///< samples on the wrong side in the last one
};

/// Weights w and b with w x + b > 0 for the positive samples and < 0 for the others (Rosenblatt, 1958): each sample
/// that is on the wrong side, or on the border, is added to them or taken away. If the classes can be separated it ends
/// with none (Novikoff, 1962); else when the loss, the sum of the distances |w x + b| of wrong samples, stops to fall.
PerceptronWeights perceptron(const Rows& x, const std::vector<bool>& positive, const PerceptronOptions& options,
                             std::uint64_t seed);

}  // namespace mirim
