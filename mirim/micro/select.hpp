// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

namespace mirim {
namespace micro {
inline namespace v0 {

/// The output has the five dimensions `size` (leading ones for a smaller rank); a stride of 0 repeats an operand.
struct SelectParams {
  int32_t size[5];
  int32_t condition_stride[5];
  int32_t input1_stride[5];
  int32_t input2_stride[5];
};

template <class V>
constexpr void fields(V&& v, const SelectParams& p) {
  v("size", p.size);
  v("condition_stride", p.condition_stride);
  v("input1_stride", p.input1_stride);
  v("input2_stride", p.input2_stride);
}

/// output[d] = condition[d] ? input1[d] : input2[d], any type (T).
template <class T>
inline void select(const SelectParams& p, const bool* condition, const T* input1, const T* input2, T* output) {
  int32_t at[5] = {};
  const auto index = [&at](const int32_t(&stride)[5]) {
    int32_t sum = 0;
    for (int k = 0; k < 5; ++k) sum += at[k] * stride[k];
    return sum;
  };
  int32_t total = 1;
  for (const int32_t size : p.size) total *= size;
  for (int32_t i = 0; i < total; ++i) {
    output[i] = condition[index(p.condition_stride)] ? input1[index(p.input1_stride)] : input2[index(p.input2_stride)];
    for (int k = 4; k >= 0 && ++at[k] == p.size[k]; --k) at[k] = 0;
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
