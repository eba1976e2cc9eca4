// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

namespace mirim {
namespace micro {
inline namespace v0 {

struct RankOneUpdateParams {
  int32_t rows;
  int32_t columns;
  int32_t kept_begin;  ///< columns from here to kept_end stay as they are
  int32_t kept_end;
};

template <class V>
constexpr void fields(V&& v, const RankOneUpdateParams& p) {
  v("rows", p.rows);
  v("columns", p.columns);
  v("kept_begin", p.kept_begin);
  v("kept_end", p.kept_end);
}

/// matrix[r][c] += row[r] * column[c], in place, but for the columns that are kept.
inline void rank_one_update(const RankOneUpdateParams& p, const float* row, const float* column, float* matrix) {
  for (int32_t r = 0; r < p.rows; ++r) {
    const float factor = row[r];
    float* const to = matrix + r * p.columns;
    for (int32_t c = 0; c < p.kept_begin; ++c) to[c] += factor * column[c];
    for (int32_t c = p.kept_end; c < p.columns; ++c) to[c] += factor * column[c];
  }
}

/// matrix[r][c] += row[r] * (column[c] - matrix[r][c]): each row moves that part of its way to the column. None is
/// kept.
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
