// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

namespace mirim {
namespace micro {
inline namespace v0 {

/// positions [count, depth], output [count, inner]; the input's first `depth` axes have these sizes and strides.
struct GatherNdParams {
  int32_t count;
  int32_t depth;
  int32_t inner;
  int32_t size[6];
  int32_t stride[6];
};

template <class V>
constexpr void fields(V&& v, const GatherNdParams& p) {
  v("count", p.count);
  v("depth", p.depth);
  v("inner", p.inner);
  v("size", p.size);
  v("stride", p.stride);
}

/// output[k] = input[positions[k, 0], positions[k, 1], ...]. A position outside becomes the nearest valid one: a device
/// cannot report it.
template <class T, class Position>
inline void gather_nd(const GatherNdParams& p, const T* input, const Position* positions, T* output) {
  for (int32_t k = 0; k < p.count; ++k, positions += p.depth) {
    const T* from = input;
    for (int32_t d = 0; d < p.depth; ++d) {
      const Position at = positions[d];
      const int32_t inside = at < 0 ? 0 : at < p.size[d] ? static_cast<int32_t>(at) : p.size[d] - 1;
      from += inside * p.stride[d];
    }
    for (int32_t i = 0; i < p.inner; ++i) *output++ = from[i];
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
