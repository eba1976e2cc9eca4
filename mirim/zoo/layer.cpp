#include "mirim/zoo/layer.hpp"

#include "mirim/base/error.hpp"

namespace mirim {

void check_size(const std::string& layer, std::string_view what, std::int64_t value) {
  if (value < 1 || value > kLargestDimension) {
    fail("layer '{}': {} is {}; it must be from 1 to {}", layer, what, value, kLargestDimension);
  }
}

void check_size(const std::string& layer, std::string_view what, Size2d value) {
  check_size(layer, what, value.height);
  check_size(layer, what, value.width);
}

void check_image(const std::string& layer, const Shape& shape) {
  if (shape.rank() != 4) {
    fail("layer '{}' needs an input of height, width and channels, and gets {}", layer, to_string(shape));
  }
}

void check_sequence(const std::string& layer, const Shape& shape) {
  if (shape.rank() == 3) return;
  const auto sample = shape.rank() > 0 ? Shape(std::vector<std::int64_t>(shape.begin() + 1, shape.end())) : shape;
  fail("layer '{}': reads {}, expected a sequence of [steps, features]; a reshape layer makes one", layer,
       to_string(sample));
}

}  // namespace mirim
