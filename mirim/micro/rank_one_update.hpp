// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

namespace mirim {
namespace micro {
inline namespace v0 {

struct RankOneUpdateParams {
  int32_t rows;
  int32_t columns;
};

template <class V>
constexpr void fields(V&& v, const RankOneUpdateParams& p) {
  v("rows", p.rows);
  v("columns", p.columns);
}

/// matrix[r][c] += row[r] * column[c], in place.
inline void rank_one_update(const RankOneUpdateParams& p, const float* row, const float* column, float* matrix) {
  for (int32_t r = 0; r < p.rows; ++r) {
    const float factor = row[r];
    float* const to = matrix + r * p.columns;
    for (int32_t c = 0; c < p.columns; ++c) to[c] += factor * column[c];
  }
}

/// matrix[r][c] += row[r] * (column[c] - matrix[r][c]): each row moves that part of its way to the column.
inline void rank_one_pull(const RankOneUpdateParams& p, const float* row, const float* column, float* matrix) {
  for (int32_t r = 0; r < p.rows; ++r) {
    const float part = row[r];
    float* const to = matrix + r * p.columns;
    for (int32_t c = 0; c < p.columns; ++c) to[c] += part * (column[c] - to[c]);
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
