// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

namespace mirim {
namespace micro {
inline namespace v0 {

/// positions [count, depth], updates [count, inner]; the output's first `depth` axes have these sizes and strides.
struct ScatterNdParams {
  int32_t elements;  ///< of the output
  int32_t count;
  int32_t depth;
  int32_t inner;
  int32_t size[8];
  int32_t stride[8];
};

template <class V>
constexpr void fields(V&& v, const ScatterNdParams& p) {
  v("elements", p.elements);
  v("count", p.count);
  v("depth", p.depth);
  v("inner", p.inner);
  v("size", p.size);
  v("stride", p.stride);
}

/// Sums of numbers wrap around; of bools, whether one is true.
template <class T>
inline T scattered_sum(T a, T b) {
  return static_cast<T>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
inline float scattered_sum(float a, float b) { return a + b; }
inline bool scattered_sum(bool a, bool b) { return a || b; }

/// output[positions[k, 0], positions[k, 1], ...] = the sum of the updates[k] there, else 0. An update outside is left
/// out: a device cannot report it.
template <class T>
inline void scatter_nd(const ScatterNdParams& p, const int32_t* positions, const T* updates, T* output) {
  for (int32_t i = 0; i < p.elements; ++i) output[i] = T{};
  for (int32_t k = 0; k < p.count; ++k, positions += p.depth, updates += p.inner) {
    int32_t first = 0;
    bool inside = true;
    for (int32_t d = 0; d < p.depth && inside; ++d) {
      inside = positions[d] >= 0 && positions[d] < p.size[d];
      if (inside) first += positions[d] * p.stride[d];
    }
    if (!inside) continue;
    for (int32_t i = 0; i < p.inner; ++i) output[first + i] = scattered_sum(output[first + i], updates[i]);
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
