// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

namespace mirim {
namespace micro {
inline namespace v0 {

/// positions [outer, inner], output [outer, depth, inner].
struct OneHotParams {
  int32_t outer;
  int32_t depth;
  int32_t inner;
};

template <class V>
constexpr void fields(V&& v, const OneHotParams& p) {
  v("outer", p.outer);
  v("depth", p.depth);
  v("inner", p.inner);
}

/// output[o, d, i] = on where positions[o, i] is d, else off.
template <class T, class Position>
inline void one_hot(const OneHotParams& p, const Position* positions, const T* on, const T* off, T* output) {
  for (int32_t o = 0; o < p.outer; ++o, positions += p.inner) {
    for (int32_t d = 0; d < p.depth; ++d) {
      for (int32_t i = 0; i < p.inner; ++i) *output++ = positions[i] == d ? *on : *off;
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
