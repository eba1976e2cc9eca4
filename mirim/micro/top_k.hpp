// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

namespace mirim {
namespace micro {
inline namespace v0 {

struct TopKParams {
  int32_t rows;
  int32_t length;  ///< of a row of the input
  int32_t k;       ///< of a row of the outputs
};

template <class V>
constexpr void fields(V&& v, const TopKParams& p) {
  v("rows", p.rows);
  v("length", p.length);
  v("k", p.k);
}

/// Whether a stands before b: the larger one, or any number before NaN.
template <class T>
inline bool stands_before(T a, T b) {
  return a > b || (a == a && b != b);
}

/// The k largest of each row, the largest first, and their positions; of equals, that which comes first.
template <class T>
inline void top_k(const TopKParams& p, const T* input, T* values, int32_t* positions) {
  for (int32_t r = 0; r < p.rows; ++r, input += p.length, values += p.k, positions += p.k) {
    int32_t found = 0;
    for (int32_t i = 0; i < p.length; ++i) {
      int32_t at = found;
      while (at > 0 && stands_before(input[i], values[at - 1])) --at;
      if (at >= p.k) continue;
      if (found < p.k) ++found;
      for (int32_t m = found - 1; m > at; --m) {
        values[m] = values[m - 1];
        positions[m] = positions[m - 1];
      }
      values[at] = input[i];
      positions[at] = i;
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
