#pragma once

#include <cstdint>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Training computes a value as the integers of a quantized model would give it: rounded to the grid of a range.
///   y = scale * clamp(round(x / scale), least - zero_point, most - zero_point)
/// The gradient passes where x is inside the range and is 0 outside (Jacob et al., 2017, section 3).
struct ActivationGrid {
  enum class Follow {
    nothing,  ///< the range stays
    average,  ///< it follows the batches' ends: end = momentum * end + (1 - momentum) * this batch's
    learnt,   ///< its size is trained with the weights, the zero point stays (Esser et al., LSQ, 2020)
  };
  ValueId value = kNoValue;
  int group = 0;  ///< values of one group share a range, as those that a CONCATENATION joins
  int bits = 8;
  float min = 0;  ///< at first; min <= 0 <= max
  float max = 0;
  Follow follow = Follow::average;
  float momentum = 0.99F;
};

/// The range that a group of grids has come to.
struct LearntRange {
  int group = 0;
  float min = 0;
  float max = 0;

  bool operator==(const LearntRange&) const = default;
};

/// Scale and zero point of `bits` for a range that holds 0 and whose integers go from -2^(bits-1); 0 is exactly one of
/// them. A range of nothing gives scale 1.
struct AffineGrid {
  float scale = 1;
  std::int32_t zero_point = 0;
};
AffineGrid affine_grid(float min, float max, int bits);

}  // namespace mirim
