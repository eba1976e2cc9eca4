// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

namespace mirim {
namespace micro {
inline namespace v0 {

struct BroadcastArgsParams {
  int32_t count;     ///< dimensions of the output
  int32_t missing1;  ///< leading dimensions that input 1 lacks
  int32_t missing2;  ///< the same of input 2
};

template <class V>
constexpr void fields(V&& v, const BroadcastArgsParams& p) {
  v("count", p.count);
  v("missing1", p.missing1);
  v("missing2", p.missing2);
}

/// The shape that two shapes broadcast to. Where both differ and neither is 1, that of input 1.
template <class T>
inline void broadcast_args(const BroadcastArgsParams& p, const T* input1, const T* input2, T* output) {
  for (int32_t d = 0; d < p.count; ++d) {
    const T a = d < p.missing1 ? T{1} : input1[d - p.missing1];
    const T b = d < p.missing2 ? T{1} : input2[d - p.missing2];
    output[d] = a == 1 ? b : a;
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
