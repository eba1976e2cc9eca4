// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

namespace mirim::micro {
inline namespace v0 {

constexpr int kMaxConcatenationInputs = 8;

/// inputs [outer, part[i]], output [outer, sum of part], all of one scale. `part` is the input's size along the axis
/// times all dimensions behind it.
struct ConcatenationParams {
  int32_t outer;
  int32_t part[kMaxConcatenationInputs];
};

template <class V>
constexpr void fields(V&& v, const ConcatenationParams& p) {
  v("outer", p.outer);
  v("part", p.part);
}

/// output[o] = inputs 0, 1, ... [o] one behind the other.
template <class... Inputs>
inline void concatenation(const ConcatenationParams& p, int8_t* output, Inputs... inputs) {
  static_assert(sizeof...(Inputs) <= kMaxConcatenationInputs, "more inputs than ConcatenationParams has parts");
  const int8_t* const sources[] = {inputs...};
  for (int32_t o = 0; o < p.outer; ++o) {
    int part = 0;
    for (const int8_t* source : sources) {
      const int8_t* from = source + o * p.part[part];
      for (int32_t i = 0; i < p.part[part]; ++i) *output++ = from[i];
      ++part;
    }
  }
}

}  // namespace v0
}  // namespace mirim::micro
