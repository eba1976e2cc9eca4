// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

namespace mirim {
namespace micro {
inline namespace v0 {

/// input [batch, outer, length, inner], positions [batch, count], output [batch, outer, count, inner].
struct GatherParams {
  int32_t batch;
  int32_t outer;
  int32_t length;
  int32_t count;
  int32_t inner;
};

template <class V>
constexpr void fields(V&& v, const GatherParams& p) {
  v("batch", p.batch);
  v("outer", p.outer);
  v("length", p.length);
  v("count", p.count);
  v("inner", p.inner);
}

/// output[b, o, k] = input[b, o, positions[b, k]]. A position outside becomes the nearest valid one: a device cannot
/// report it.
template <class T, class Position>
inline void gather(const GatherParams& p, const T* input, const Position* positions, T* output) {
  for (int32_t b = 0; b < p.batch; ++b) {
    for (int32_t o = 0; o < p.outer; ++o) {
      for (int32_t k = 0; k < p.count; ++k) {
        const Position at = positions[b * p.count + k];
        const int32_t inside = at < 0 ? 0 : at < p.length ? static_cast<int32_t>(at) : p.length - 1;
        const T* from = input + ((b * p.outer + o) * p.length + inside) * p.inner;
        for (int32_t i = 0; i < p.inner; ++i) *output++ = from[i];
      }
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
