// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/arithmetic.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// input [rows, inner], output [segments, inner].
struct SegmentSumParams {
  int32_t rows;
  int32_t segments;
  int32_t inner;
};

template <class V>
constexpr void fields(V&& v, const SegmentSumParams& p) {
  v("rows", p.rows);
  v("segments", p.segments);
  v("inner", p.inner);
}

/// output[s] = the sum of the rows r with segment[r] = s; T is float or int32_t.
template <class T>
inline void segment_sum(const SegmentSumParams& p, const T* input, const int32_t* segment, T* output) {
  for (int32_t i = 0; i < p.segments * p.inner; ++i) output[i] = T{0};
  for (int32_t r = 0; r < p.rows; ++r) {
    const int32_t s = segment[r];
    for (int32_t i = 0; i < p.inner; ++i, ++input) {
      if (s >= 0 && s < p.segments) output[s * p.inner + i] = sum_of(output[s * p.inner + i], *input);
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
