// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/strided_copy.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// A strided copy (size, stride and first as there) whose window begins at positions that are computed at run time.
/// Position k moves it by `position_stride` elements of the input for each step, 0 if it is not read.
struct SliceAtParams {
  int32_t size[6];
  int32_t stride[6];
  int32_t first;
  int32_t positions;
  int32_t position_stride[8];
  int32_t most[8];      ///< the last position at which the window is inside
  int32_t from_end[8];  ///< added to a negative position: the axis' length, or 0
};

template <class V>
constexpr void fields(V&& v, const SliceAtParams& p) {
  v("size", p.size);
  v("stride", p.stride);
  v("first", p.first);
  v("positions", p.positions);
  v("position_stride", p.position_stride);
  v("most", p.most);
  v("from_end", p.from_end);
}

/// `position` or the nearest that is not outside of [0, most]: a device cannot report one that is.
template <class Position>
inline int32_t position_inside(Position position, int32_t most) {
  return position < 0 ? 0 : position < most ? static_cast<int32_t>(position) : most;
}

/// output[d] = input[first + sum(d[k] * stride[k])], first moved by the positions.
template <class T, class Position>
inline void slice_at(const SliceAtParams& p, const T* input, const Position* positions, T* output) {
  StridedCopyParams copied{};
  copied.first = p.first;
  for (int32_t k = 0; k < p.positions; ++k) {
    const Position at = positions[k] < 0 ? static_cast<Position>(positions[k] + p.from_end[k]) : positions[k];
    copied.first += position_inside(at, p.most[k]) * p.position_stride[k];
  }
  for (int32_t k = 0; k < 6; ++k) {
    copied.size[k] = p.size[k];
    copied.stride[k] = p.stride[k];
  }
  strided_copy(copied, input, output);
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
