#include "mirim/data/augment.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"
#include "mirim/data/batches.hpp"

namespace mirim {

namespace {

// Elements as they are, clamped to their type.
struct Range {
  float least, most;
};

Range range_of(DType dtype) {
  switch (dtype) {
    case DType::boolean:
      return {0, 1};
    case DType::uint8:
      return {0, 255};
    case DType::int8:
      return {-128, 127};
    case DType::uint16:
      return {0, 65535};
    case DType::int16:
      return {-32768, 32767};
    default:
      fail("noise is of float32, bool and integers of up to 16 bits; the samples are {}", name(dtype));
  }
}

template <class T>
Bytes rounded(std::span<const float> elements) {
  std::vector<T> values;
  for (const float e : elements) values.push_back(static_cast<T>(std::lround(e)));
  const BytesView bytes = bytes_of(values);
  return {bytes.begin(), bytes.end()};
}

void turn(double most, const Shape& shape, std::span<const float> from, std::span<float> to, Random& random) {
  if (shape.rank() != 2 || shape[1] % 2 != 0) {
    fail("samples of shape [{}] are no points, rotation needs [N, pairs of x and y]", to_string(shape));
  }
  const double angle = most * (2 * static_cast<double>(random.uniform()) - 1) * std::numbers::pi / 180;
  const auto c = static_cast<float>(std::cos(angle)), s = static_cast<float>(std::sin(angle));
  for (std::size_t i = 0; i + 1 < from.size(); i += 2) {
    const float x = from[i], y = from[i + 1];
    to[i] = c * x - s * y;
    to[i + 1] = s * x + c * y;
  }
}

void change_image(const Augmentation& how, const Shape& shape, std::span<const float> from, std::span<float> to,
                  Random& random) {
  if (shape.rank() != 3)
    fail("samples of shape [{}] are no images, augmentation needs [height, width, channels]", to_string(shape));
  const std::int64_t height = shape[0], width = shape[1], channels = shape[2];
  const std::int64_t down = how.shift > 0 ? random.below(2 * how.shift + 1) - how.shift : 0;
  const std::int64_t right = how.shift > 0 ? random.below(2 * how.shift + 1) - how.shift : 0;
  const bool mirrored = how.flip && random.below(2) == 1;
  const std::int64_t top = how.cutout > 0 ? random.below(height) - how.cutout / 2 : height;
  const std::int64_t left = how.cutout > 0 ? random.below(width) - how.cutout / 2 : width;
  for (std::int64_t row = 0; row < height; ++row) {
    for (std::int64_t column = 0; column < width; ++column) {
      const std::int64_t source_row = row - down, shifted = column - right;
      const std::int64_t source_column = mirrored ? width - 1 - shifted : shifted;
      const bool blank = source_row < 0 || source_row >= height || source_column < 0 || source_column >= width ||
                         (row >= top && row < top + how.cutout && column >= left && column < left + how.cutout);
      const auto pixel = to.begin() + (row * width + column) * channels;
      if (blank) {
        std::fill_n(pixel, channels, 0.0F);
      } else {
        std::copy_n(from.begin() + (source_row * width + source_column) * channels, channels, pixel);
      }
    }
  }
}

}  // namespace

void augment(const Augmentation& how, const Shape& shape, std::span<const float> from, std::span<float> to,
             std::uint64_t seed) {
  Random random(seed);
  if (how.shift > 0 || how.flip || how.cutout > 0) {
    if (how.rotate > 0) fail("rotation is of points, shift, flip and cutout of images; choose one of them");
    change_image(how, shape, from, to, random);
  } else if (how.rotate > 0) {
    turn(how.rotate, shape, from, to, random);
  } else {
    std::ranges::copy(from, to.begin());
  }
}

void add_noise(double noise, DType dtype, std::span<float> elements, std::uint64_t seed) {
  Random random(seed);
  const auto deviation = static_cast<float>(noise);
  if (dtype == DType::float32) {
    for (float& e : elements) e += deviation * random.normal();
    return;
  }
  const Range range = range_of(dtype);
  const float step = deviation * (range.most - range.least);
  for (float& e : elements) e = std::clamp(e + step * random.normal(), range.least, range.most);
}

Bytes with_noise(double noise, const TensorType& type, BytesView sample, std::uint64_t seed) {
  std::vector<float> elements(static_cast<std::size_t>(type.shape.elements()));
  to_floats(type, sample, elements);
  add_noise(noise, type.dtype, elements, seed);
  switch (type.dtype) {
    case DType::boolean:
    case DType::uint8:
      return rounded<std::uint8_t>(elements);
    case DType::int8:
      return rounded<std::int8_t>(elements);
    case DType::uint16:
      return rounded<std::uint16_t>(elements);
    case DType::int16:
      return rounded<std::int16_t>(elements);
    default: {
      const BytesView bytes = bytes_of(elements);
      return {bytes.begin(), bytes.end()};
    }
  }
}

}  // namespace mirim
