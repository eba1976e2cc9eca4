#include "mirim/graph/shape.hpp"

#include <algorithm>
#include <charconv>

#include "mirim/base/error.hpp"

namespace mirim {

std::int64_t Shape::elements() const {
  constexpr std::int64_t kMost = std::int64_t{1} << 47;
  std::int64_t product = 1;
  for (const std::int64_t dimension : dimensions_) {
    if (dimension < 0) fail("shape {} has a negative dimension", to_string(*this));
    if (dimension > kMost || __builtin_mul_overflow(product, dimension, &product) || product > kMost) {
      fail("shape {} has too many elements", to_string(*this));
    }
  }
  return product;
}

std::string to_string(const Shape& shape) {
  if (shape.rank() == 0) return "scalar";
  std::string text;
  for (const std::int64_t dimension : shape) {
    if (!text.empty()) text += 'x';
    text += std::to_string(dimension);
  }
  return text;
}

Shape parse_shape(std::string_view text) {
  if (text == "scalar") return {};
  std::vector<std::int64_t> dimensions;
  const char* at = text.data();
  const char* end = at + text.size();
  while (true) {
    std::int64_t dimension = 0;
    const auto [next, error] = std::from_chars(at, end, dimension);
    if (error != std::errc{}) fail("'{}' is not a shape, expected a form such as 1x32x32x3", text);
    dimensions.push_back(dimension);
    at = next;
    if (at == end) return Shape(std::move(dimensions));
    if (*at++ != 'x') fail("'{}' is not a shape, expected a form such as 1x32x32x3", text);
  }
}

Shape broadcast(const Shape& a, const Shape& b) {
  const int rank = std::max(a.rank(), b.rank());
  std::vector<std::int64_t> dimensions(static_cast<std::size_t>(rank));
  for (int i = 0; i < rank; ++i) {
    const std::int64_t left = i < rank - a.rank() ? 1 : a[i - (rank - a.rank())];
    const std::int64_t right = i < rank - b.rank() ? 1 : b[i - (rank - b.rank())];
    if (left != right && left != 1 && right != 1) {
      fail("shapes {} and {} do not broadcast to one", to_string(a), to_string(b));
    }
    dimensions[static_cast<std::size_t>(i)] = left == 1 ? right : left;
  }
  return Shape(std::move(dimensions));
}

int normalize_axis(std::int64_t axis, int rank) {
  if (axis < -rank || axis >= rank) fail("axis {} is out of range for {} dimensions", axis, rank);
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

}  // namespace mirim
