// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/broadcast.hpp"
#include "mirim/micro/requantize.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// For int8, uint8 and int16 (T). Sizes and strides as in for_each_pair.
struct MulParams {
  int32_t size[5];
  int32_t input1_stride[5];
  int32_t input2_stride[5];
  int32_t input1_offset;
  int32_t input2_offset;
  int32_t output_offset;
  int32_t output_multiplier;
  int32_t output_shift;
  int32_t activation_min;
  int32_t activation_max;
};

template <class V>
constexpr void fields(V&& v, const MulParams& p) {
  v("size", p.size);
  v("input1_stride", p.input1_stride);
  v("input2_stride", p.input2_stride);
  v("input1_offset", p.input1_offset);
  v("input2_offset", p.input2_offset);
  v("output_offset", p.output_offset);
  v("output_multiplier", p.output_multiplier);
  v("output_shift", p.output_shift);
  v("activation_min", p.activation_min);
  v("activation_max", p.activation_max);
}

/// output[d] = clamp(output_offset + requantize((input1[d] + input1_offset) * (input2[d] + input2_offset))).
template <class T>
inline void mul(const MulParams& p, const T* input1, const T* input2, T* output) {
  for_each_pair(p, input1, input2, output, [&p](T a, T b) {
    const int32_t product = (a + p.input1_offset) * (b + p.input2_offset);
    const int32_t scaled = multiply_by_quantized_multiplier(product, p.output_multiplier, p.output_shift);
    return static_cast<T>(clamp(p.output_offset + scaled, p.activation_min, p.activation_max));
  });
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
