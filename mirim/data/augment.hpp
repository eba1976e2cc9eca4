#pragma once

#include <cstdint>
#include <span>

#include "mirim/base/random.hpp"
#include "mirim/graph/tensor.hpp"

namespace mirim {

/// Random changes to training images (HxWxC). All off by default.
struct Augmentation {
  int shift = 0;      ///< up to so many pixels along each axis, the edge filled with `fill`: "pad and crop"
  bool flip = false;  ///< left and right swapped, half of the time
  int cutout =
      0;  ///< a square of this side, its middle anywhere in the image, set to `fill` (DeVries and Taylor, 2017)
  float fill = 0;   ///< what comes in from outside
  float noise = 0;  ///< standard deviation of Gaussian noise added to every element, in the data's own unit
  bool operator==(const Augmentation&) const = default;
  bool any() const { return shift > 0 || flip || cutout > 0 || noise > 0; }
};

/// Writes `in` (of type `sample`: uint8, int8 or float32) as floats into `out`, changed by draws from `random`. Only
/// `noise` applies to samples that are not HxWxC. Allocates nothing.
void augment(const Augmentation& how, const TensorType& sample, BytesView in, std::span<float> out, Random& random);

}  // namespace mirim
