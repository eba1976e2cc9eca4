#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mirim {

/// Dimensions, outermost first (NHWC); a scalar has none. Plain values: a reader checks them with `elements`.
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<std::int64_t> dimensions) : dimensions_(dimensions) {}
  explicit Shape(std::vector<std::int64_t> dimensions) : dimensions_(std::move(dimensions)) {}

  int rank() const { return static_cast<int>(dimensions_.size()); }
  std::int64_t operator[](int axis) const { return dimensions_[static_cast<std::size_t>(axis)]; }
  std::int64_t& operator[](int axis) { return dimensions_[static_cast<std::size_t>(axis)]; }
  const std::vector<std::int64_t>& dimensions() const { return dimensions_; }
  auto begin() const { return dimensions_.begin(); }
  auto end() const { return dimensions_.end(); }

  /// The last dimension, channels in NHWC; 1 for a scalar.
  std::int64_t back() const { return dimensions_.empty() ? 1 : dimensions_.back(); }

  /// Product of the dimensions. Throws Error when one is negative or the product passes 2^47 (128 TiB): such a
  /// shape is a broken file, and every byte count computed from it stays far from overflow.
  std::int64_t elements() const;

  bool operator==(const Shape&) const = default;

 private:
  std::vector<std::int64_t> dimensions_;
};

/// "1x32x32x3"; "scalar" without dimensions.
std::string to_string(const Shape& shape);

/// What to_string wrote. Throws Error.
Shape parse_shape(std::string_view text);

/// The shape two operands broadcast to (NumPy's rule, as TFLite's). Throws Error when they do not.
Shape broadcast(const Shape& a, const Shape& b);

/// TFLite's `axis` option or value, counted from the end when negative. Throws Error when out of range.
int normalize_axis(std::int64_t axis, int rank);

}  // namespace mirim
