#pragma once

#include <cstdint>
#include <span>

#include "mirim/graph/tensor.hpp"

namespace mirim {

/// Random changes of a sample that keep its class: `shift`, `flip` and `cutout` are of an image [H,W,C], whose pixels
/// from outside are 0.
struct Augmentation {
  std::int64_t shift = 0;   ///< shifts by up to this many pixels along each axis (as padding by it and cropping)
  bool flip = false;        ///< mirrors left and right in half of the cases
  std::int64_t cutout = 0;  ///< blanks a square of this side around a random pixel (DeVries and Taylor, 2017)

  double rotate = 0;  ///< turns points [N, pairs of x and y] around the origin by up to so many degrees
  double noise = 0;   ///< as in add_noise

  bool none() const { return shift == 0 && !flip && cutout == 0 && rotate == 0 && noise == 0; }
  bool operator==(const Augmentation&) const = default;
};

/// Writes the sample `from`, changed by `seed` in all ways but noise, to `to`. Throws Error if it is no image or no
/// points, as `how` needs them.
void augment(const Augmentation& how, const Shape& shape, std::span<const float> from, std::span<float> to,
             std::uint64_t seed);

/// Adds a normal random number of standard deviation `noise` to each element. Elements of integers of up to 16 bits and
/// of bool count as parts of their type's range (of uint8 `noise` is 255 * noise) and stay within it. Throws Error for
/// other integers.
void add_noise(double noise, DType dtype, std::span<float> elements, std::uint64_t seed);

/// The sample with noise, in its own type: integers are rounded.
Bytes with_noise(double noise, const TensorType& type, BytesView sample, std::uint64_t seed);

}  // namespace mirim
