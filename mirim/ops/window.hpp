#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace mirim {

/// The padding of a window; the numbers are TFLite's. same: output = ceil(input / stride), padded with zeros, an odd
/// one at the end. valid: only whole windows.
enum class Padding { same = 0, valid = 1 };

/// The schema's names by number: "SAME", "VALID".
std::span<const std::string_view> enum_names(Padding);

/// A pair of strides, dilations or filter sizes: `.stride = {2, 2}`.
struct Size2d {
  std::int32_t height = 1;
  std::int32_t width = 1;

  bool operator==(const Size2d&) const = default;
};

/// A window sliding along one axis: output o reads inputs o * stride - before + k * dilation, k in [0, filter), if they
/// exist.
struct Window {
  std::int64_t output = 0;  ///< how many positions
  std::int64_t before = 0;  ///< padding before the input
  std::int64_t filter = 1;
  std::int64_t stride = 1;
  std::int64_t dilation = 1;

  /// The first input that position `o` reads; may be negative.
  std::int64_t start(std::int64_t o) const { return o * stride - before; }
};

/// The window over `input` elements. Throws Error, naming `op`, when filter, stride or dilation is below 1 or a valid
/// window is larger than the input.
Window slide(std::string_view op, Padding padding, std::int64_t input, std::int64_t filter, std::int64_t stride,
             std::int64_t dilation);

/// Whether a filter's dilation makes it span so much more than its input that a padded copy of the input takes too long
/// or does not fit into memory.
constexpr bool reaches_far(std::int64_t input, std::int64_t filter, std::int64_t dilation) {
  return (filter - 1) * dilation > 2 * input + 64;
}

}  // namespace mirim
