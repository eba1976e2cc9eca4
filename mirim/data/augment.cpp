#include "mirim/data/augment.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"

namespace mirim {

void augment(const Augmentation& how, const Shape& shape, std::span<const float> from, std::span<float> to,
             std::uint64_t seed) {
  if (shape.rank() != 3)
    fail("samples of shape [{}] are no images, augmentation needs [height, width, channels]", to_string(shape));
  const std::int64_t height = shape[0], width = shape[1], channels = shape[2];
  Random random(seed);
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

}  // namespace mirim
