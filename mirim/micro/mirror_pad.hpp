// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

namespace mirim {
namespace micro {
inline namespace v0 {

/// input of the five dimensions `size` (leading ones for a smaller rank); along axis k the output has before[k]
/// mirrored elements before it and after[k] after it.
struct MirrorPadParams {
  int32_t size[5];
  int32_t before[5];
  int32_t after[5];
  int32_t edge;  ///< 1: the mirror is after the border element, which is repeated; 0: on it
};

template <class V>
constexpr void fields(V&& v, const MirrorPadParams& p) {
  v("size", p.size);
  v("before", p.before);
  v("after", p.after);
  v("edge", p.edge);
}

/// The input position for output position `at` of an axis.
inline int32_t mirrored(const MirrorPadParams& p, int axis, int32_t at) {
  const int32_t inside = at - p.before[axis];
  if (inside < 0) return -inside - p.edge;
  return inside < p.size[axis] ? inside : 2 * (p.size[axis] - 1) + p.edge - inside;
}

/// output[d] = input[mirrored d].
template <class T>
inline void mirror_pad(const MirrorPadParams& p, const T* input, T* output) {
  int32_t size[5];
  for (int k = 0; k < 5; ++k) size[k] = p.before[k] + p.size[k] + p.after[k];
  for (int32_t d0 = 0; d0 < size[0]; ++d0) {
    for (int32_t d1 = 0; d1 < size[1]; ++d1) {
      for (int32_t d2 = 0; d2 < size[2]; ++d2) {
        for (int32_t d3 = 0; d3 < size[3]; ++d3) {
          const int32_t plane = mirrored(p, 0, d0) * p.size[1] + mirrored(p, 1, d1);
          const int32_t row = (plane * p.size[2] + mirrored(p, 2, d2)) * p.size[3] + mirrored(p, 3, d3);
          for (int32_t d4 = 0; d4 < size[4]; ++d4) *output++ = input[row * p.size[4] + mirrored(p, 4, d4)];
        }
      }
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
