#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "mirim/graph/op.hpp"

namespace mirim {

/// The maximum number of dimensions that TFLite broadcasts.
inline constexpr int kMostBroadcastDimensions = 6;

/// The shape that the first two inputs broadcast to. Throws Error, naming `op`, when they do not or have too many
/// dimensions.
Shape broadcast_shape(std::string_view op, Types in);

/// The positions of two operands' elements when both are stretched to one shape. Shapes are padded with leading 1s; a
/// stride is 0 where an operand is repeated.
struct Broadcasting {
  std::array<std::int64_t, kMostBroadcastDimensions> size;
  std::array<std::int64_t, kMostBroadcastDimensions> stride_a;
  std::array<std::int64_t, kMostBroadcastDimensions> stride_b;

  /// `out` must be broadcast(a, b) and have at most kMostBroadcastDimensions (assert).
  Broadcasting(const Shape& out, const Shape& a, const Shape& b);

  /// Calls f(index in out, index in a, index in b) for every element of out, in order.
  template <class F>
  void for_each(F f) const {
    std::array<std::int64_t, kMostBroadcastDimensions> at{};
    std::int64_t total = 1, a = 0, b = 0;
    for (const std::int64_t s : size) total *= s;
    for (std::int64_t index = 0; index < total; ++index) {
      f(static_cast<std::size_t>(index), static_cast<std::size_t>(a), static_cast<std::size_t>(b));
      for (std::size_t d = size.size(); d-- > 0;) {
        a += stride_a[d], b += stride_b[d];
        if (++at[d] < size[d]) break;
        a -= stride_a[d] * size[d], b -= stride_b[d] * size[d];
        at[d] = 0;
      }
    }
  }
};

/// The five dimensions that the device's kernels walk (leading ones for a smaller rank) and the strides of each
/// operand.
inline constexpr int kDeviceBroadcastDimensions = 5;
struct DeviceBroadcast {
  std::array<std::int32_t, kDeviceBroadcastDimensions> size;
  std::vector<std::array<std::int32_t, kDeviceBroadcastDimensions>> stride;
};

/// Drops dimensions of size 1 and merges neighbours that all operands walk without a gap. `out` must be what the
/// operands broadcast to. Throws Error, naming `op`, when more than five remain or a number leaves 32 bits.
DeviceBroadcast device_broadcast(std::string_view op, const Shape& out, const std::vector<Shape>& operands);

/// Sets the members of a parameter struct that for_each_pair (mirim/micro/broadcast.hpp) walks.
template <class Params>
void set_broadcast(std::string_view op, Params& p, const Shape& out, const Shape& a, const Shape& b) {
  const DeviceBroadcast axes = device_broadcast(op, out, {a, b});
  std::ranges::copy(axes.size, p.size);
  std::ranges::copy(axes.stride[0], p.input1_stride);
  std::ranges::copy(axes.stride[1], p.input2_stride);
}

}  // namespace mirim
