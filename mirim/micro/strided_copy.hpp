// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

namespace mirim {
namespace micro {
inline namespace v0 {

/// The output has the six dimensions `size` (leading ones for a smaller rank).
struct StridedCopyParams {
  int32_t size[6];
  int32_t stride[6];  ///< of the input, in elements: negative to walk backwards, 0 to repeat
  int32_t first;      ///< index of the first element in the input
};

template <class V>
constexpr void fields(V&& v, const StridedCopyParams& p) {
  v("size", p.size);
  v("stride", p.stride);
  v("first", p.first);
}

/// output[d] = input[first + sum(d[k] * stride[k])]: slices, transpositions and repetitions. Not in place.
template <class T>
inline void strided_copy(const StridedCopyParams& p, const T* input, T* output) {
  const int32_t* const n = p.size;
  const int32_t* const s = p.stride;
  for (int32_t d0 = 0; d0 < n[0]; ++d0) {
    for (int32_t d1 = 0; d1 < n[1]; ++d1) {
      for (int32_t d2 = 0; d2 < n[2]; ++d2) {
        for (int32_t d3 = 0; d3 < n[3]; ++d3) {
          for (int32_t d4 = 0; d4 < n[4]; ++d4) {
            int32_t from = p.first + d0 * s[0] + d1 * s[1] + d2 * s[2] + d3 * s[3] + d4 * s[4];
            for (int32_t d5 = 0; d5 < n[5]; ++d5) {
              *output++ = input[from];
              from += s[5];
            }
          }
        }
      }
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
