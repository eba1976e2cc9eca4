// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/slice_at.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// The update has the dimensions `size` (leading ones for a smaller rank), then `inner` elements that lie together.
struct DynamicUpdateSliceParams {
  int32_t elements;  ///< of the operand
  int32_t inner;
  int32_t size[6];
  int32_t stride[6];  ///< of the operand, in elements
  int32_t positions;
  int32_t position_stride[8];  ///< of the operand
  int32_t most[8];             ///< the last position at which the update is inside
};

template <class V>
constexpr void fields(V&& v, const DynamicUpdateSliceParams& p) {
  v("elements", p.elements);
  v("inner", p.inner);
  v("size", p.size);
  v("stride", p.stride);
  v("positions", p.positions);
  v("position_stride", p.position_stride);
  v("most", p.most);
}

/// output = operand, with `update` in place of its elements from `positions` on. A position where the update would not
/// be inside becomes the nearest where it is. The output may overwrite the operand.
template <class T, class Position>
inline void dynamic_update_slice(const DynamicUpdateSliceParams& p, const T* operand, const T* update,
                                 const Position* positions, T* output) {
  int32_t first = 0;
  for (int32_t k = 0; k < p.positions; ++k) first += position_inside(positions[k], p.most[k]) * p.position_stride[k];
  if (output != operand) {
    for (int32_t i = 0; i < p.elements; ++i) output[i] = operand[i];
  }
  const int32_t* const n = p.size;
  const int32_t* const s = p.stride;
  for (int32_t d0 = 0; d0 < n[0]; ++d0) {
    for (int32_t d1 = 0; d1 < n[1]; ++d1) {
      for (int32_t d2 = 0; d2 < n[2]; ++d2) {
        for (int32_t d3 = 0; d3 < n[3]; ++d3) {
          for (int32_t d4 = 0; d4 < n[4]; ++d4) {
            for (int32_t d5 = 0; d5 < n[5]; ++d5) {
              T* const to = output + first + d0 * s[0] + d1 * s[1] + d2 * s[2] + d3 * s[3] + d4 * s[4] + d5 * s[5];
              for (int32_t i = 0; i < p.inner; ++i) to[i] = *update++;
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
