#pragma once

#include <cstdint>
#include <span>

#include "mirim/exec/aligned.hpp"
#include "mirim/exec/sums.hpp"

namespace mirim::simd {

/// y[r][o] = clamp(bias[o] + sum over i of w[o][i] * x[r][i]) for constant weights. They are stored in the order in
/// which few rows read them, one vector of outputs after the other, so that no sum runs across lanes. The fastest sums
/// have a fixed order on one CPU, so results repeat bit for bit.
class PackedDense {
 public:
  /// weights [outputs, inputs]; no bias if it is empty.
  PackedDense(std::span<const float> weights, std::span<const float> bias, std::int64_t outputs, float least,
              float most, Sums sums = Sums::fastest);
  /// x [rows, inputs], y [rows, outputs]
  void run(const float* x, float* y, std::int64_t rows) const;

  struct View {
    const float* weights;
    const float* bias;
    std::int64_t outputs, inputs;
    float least, most;
    Sums sums;
  };

 private:
  AlignedVector<float> weights_, bias_;
  std::int64_t outputs_, inputs_;
  float least_, most_;
  Sums sums_;
};

}  // namespace mirim::simd
