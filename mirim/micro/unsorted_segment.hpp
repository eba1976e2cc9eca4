// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/arithmetic.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// input [rows, inner], output [segments, inner].
template <class T>
struct UnsortedSegmentParams {
  int32_t rows;
  int32_t segments;
  int32_t inner;
  T empty;  ///< of a segment without rows
};

template <class V, class T>
constexpr void fields(V&& v, const UnsortedSegmentParams<T>& p) {
  v("rows", p.rows);
  v("segments", p.segments);
  v("inner", p.inner);
  v("empty", p.empty);
}

/// output[s] = all rows r with segment[r] = s, combined; T is float or int32_t. A row of another segment is left out: a
/// device cannot report it.
template <class T, class Combine>
inline void combine_segments(const UnsortedSegmentParams<T>& p, const T* input, const int32_t* segment, T* output,
                             Combine combine) {
  for (int32_t i = 0; i < p.segments * p.inner; ++i) output[i] = p.empty;
  for (int32_t r = 0; r < p.rows; ++r, input += p.inner) {
    if (segment[r] < 0 || segment[r] >= p.segments) continue;
    T* const to = output + segment[r] * p.inner;
    for (int32_t i = 0; i < p.inner; ++i) to[i] = combine(to[i], input[i]);
  }
}

// A NaN that comes later changes nothing, as in std::max and std::min.
template <class T>
inline void unsorted_segment_max(const UnsortedSegmentParams<T>& p, const T* input, const int32_t* segment, T* output) {
  combine_segments(p, input, segment, output, [](T a, T b) { return a < b ? b : a; });
}
template <class T>
inline void unsorted_segment_min(const UnsortedSegmentParams<T>& p, const T* input, const int32_t* segment, T* output) {
  combine_segments(p, input, segment, output, [](T a, T b) { return b < a ? b : a; });
}
template <class T>
inline void unsorted_segment_prod(const UnsortedSegmentParams<T>& p, const T* input, const int32_t* segment,
                                  T* output) {
  combine_segments(p, input, segment, output, [](T a, T b) { return product_of(a, b); });
}
template <class T>
inline void unsorted_segment_sum(const UnsortedSegmentParams<T>& p, const T* input, const int32_t* segment, T* output) {
  combine_segments(p, input, segment, output, [](T a, T b) { return sum_of(a, b); });
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
