// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/slice_at.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// table [rows, row], positions [count], output [count, row].
struct EmbeddingLookupParams {
  int32_t count;
  int32_t rows;
  int32_t row;
  int32_t scale_step;  ///< 1 if each row has its own scale, 0 if all share one
};

template <class V>
constexpr void fields(V&& v, const EmbeddingLookupParams& p) {
  v("count", p.count);
  v("rows", p.rows);
  v("row", p.row);
  v("scale_step", p.scale_step);
}

/// output[k] = scale * table[positions[k]]. A position outside becomes the nearest valid one: a device cannot report
/// it.
template <class T>
inline void embedding_lookup(const EmbeddingLookupParams& p, const int32_t* positions, const T* table,
                             const float* scale, float* output) {
  for (int32_t k = 0; k < p.count; ++k) {
    const int32_t at = position_inside(positions[k], p.rows - 1);
    const float factor = scale[at * p.scale_step];
    const T* const from = table + at * p.row;
    for (int32_t i = 0; i < p.row; ++i) *output++ = factor * static_cast<float>(from[i]);
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
