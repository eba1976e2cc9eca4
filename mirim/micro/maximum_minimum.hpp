// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/broadcast.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// Any type of numbers (T). Sizes and strides as in for_each_pair. Inputs and output share one scale.
struct MaximumMinimumParams {
  int32_t size[5];
  int32_t input1_stride[5];
  int32_t input2_stride[5];
};

template <class V>
constexpr void fields(V&& v, const MaximumMinimumParams& p) {
  v("size", p.size);
  v("input1_stride", p.input1_stride);
  v("input2_stride", p.input2_stride);
}

/// output[d] = the larger of input1[d] and input2[d].
template <class T>
inline void maximum(const MaximumMinimumParams& p, const T* input1, const T* input2, T* output) {
  for_each_pair(p, input1, input2, output, [](T a, T b) { return a > b ? a : b; });
}

/// output[d] = the smaller of input1[d] and input2[d].
template <class T>
inline void minimum(const MaximumMinimumParams& p, const T* input1, const T* input2, T* output) {
  for_each_pair(p, input1, input2, output, [](T a, T b) { return a < b ? a : b; });
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
