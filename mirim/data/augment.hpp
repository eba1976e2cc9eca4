#pragma once

#include <cstdint>
#include <span>

#include "mirim/graph/shape.hpp"

namespace mirim {

/// Random changes of an image [H,W,C] that keep its class. Pixels from outside are 0.
struct Augmentation {
  std::int64_t shift = 0;   ///< shifts by up to this many pixels along each axis (as padding by it and cropping)
  bool flip = false;        ///< mirrors left and right in half of the cases
  std::int64_t cutout = 0;  ///< blanks a square of this side around a random pixel (DeVries and Taylor, 2017)

  bool none() const { return shift == 0 && !flip && cutout == 0; }
  bool operator==(const Augmentation&) const = default;
};

/// Writes the image `from`, changed by `seed`, to `to`. Throws Error unless `shape` has three dimensions.
void augment(const Augmentation& how, const Shape& shape, std::span<const float> from, std::span<float> to,
             std::uint64_t seed);

}  // namespace mirim
