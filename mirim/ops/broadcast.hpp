#pragma once

#include <array>
#include <cstdint>

#include "mirim/graph/op.hpp"

namespace mirim {

/// Most dimensions that TFLite broadcasts.
inline constexpr int kMostBroadcastDimensions = 6;

/// The shape that the first two inputs broadcast to. Throws Error, with `op` named, when they do not or have too many
/// dimensions.
Shape broadcast_shape(std::string_view op, Types in);

/// Where the elements of two operands stand when both are stretched to one shape. Dimensions are padded in front with
/// 1; a stride is 0 where an operand is repeated.
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

}  // namespace mirim
