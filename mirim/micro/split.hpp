// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

namespace mirim {
namespace micro {
inline namespace v0 {

/// input [outer, sum of part], outputs [outer, part[i]]. part[i] is the product of output i's size along the axis and
/// all later dimensions; if the axis disappears (UNPACK), only of the latter.
struct SplitParams {
  int32_t outer;
};

template <class V>
constexpr void fields(V&& v, const SplitParams& p) {
  v("outer", p.outer);
}

/// outputs[0][o], outputs[1][o], ... = input[o] cut into parts.
template <class T>
inline void split_into(const SplitParams& p, const int32_t* part, const T* input, T* const* outputs, int32_t count) {
  for (int32_t o = 0; o < p.outer; ++o) {
    for (int32_t i = 0; i < count; ++i) {
      T* to = outputs[i] + o * part[i];
      for (int32_t k = 0; k < part[i]; ++k) to[k] = *input++;
    }
  }
}

/// The same with the outputs as arguments.
template <class T, class... Outputs>
inline void split(const SplitParams& p, const int32_t* part, const T* input, Outputs... outputs) {
  T* const targets[] = {outputs...};
  split_into(p, part, input, targets, static_cast<int32_t>(sizeof...(Outputs)));
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
