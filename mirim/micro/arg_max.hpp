// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

namespace mirim {
namespace micro {
inline namespace v0 {

/// input [outer, length, inner], output [outer, inner].
struct ArgMaxParams {
  int32_t outer;
  int32_t length;
  int32_t inner;
};

template <class V>
constexpr void fields(V&& v, const ArgMaxParams& p) {
  v("outer", p.outer);
  v("length", p.length);
  v("inner", p.inner);
}

/// output[o, i] = the k whose input[o, k, i] comes before all others by `before`; the first if several do.
template <class T, class Index, class F>
inline void first_by(const ArgMaxParams& p, const T* input, Index* output, F before) {
  for (int32_t o = 0; o < p.outer; ++o) {
    for (int32_t i = 0; i < p.inner; ++i) {
      const T* column = input + o * p.length * p.inner + i;
      int32_t best = 0;
      for (int32_t k = 1; k < p.length; ++k) {
        if (before(column[k * p.inner], column[best * p.inner])) best = k;
      }
      *output++ = static_cast<Index>(best);
    }
  }
}

/// The position of the largest.
template <class T, class Index>
inline void arg_max(const ArgMaxParams& p, const T* input, Index* output) {
  first_by(p, input, output, [](T a, T b) { return a > b; });
}

/// The position of the smallest.
template <class T, class Index>
inline void arg_min(const ArgMaxParams& p, const T* input, Index* output) {
  first_by(p, input, output, [](T a, T b) { return a < b; });
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
