// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/broadcast.hpp"
#include "mirim/micro/requantize.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// For int8 and uint8 (T), and int16 with an alpha of int8. Sizes and strides as in for_each_pair; input 1 is x, input
/// 2 alpha.
struct PreluParams {
  int32_t size[5];
  int32_t input1_stride[5];
  int32_t input2_stride[5];
  int32_t input1_offset;
  int32_t input2_offset;
  int32_t output_offset;
  int32_t identity_multiplier;  ///< with its shift: scale of x / output scale
  int32_t identity_shift;
  int32_t slope_multiplier;  ///< with its shift: scale of x * scale of alpha / output scale
  int32_t slope_shift;
  int32_t output_min;  ///< of the type
  int32_t output_max;
};

template <class V>
constexpr void fields(V&& v, const PreluParams& p) {
  v("size", p.size);
  v("input1_stride", p.input1_stride);
  v("input2_stride", p.input2_stride);
  v("input1_offset", p.input1_offset);
  v("input2_offset", p.input2_offset);
  v("output_offset", p.output_offset);
  v("identity_multiplier", p.identity_multiplier);
  v("identity_shift", p.identity_shift);
  v("slope_multiplier", p.slope_multiplier);
  v("slope_shift", p.slope_shift);
  v("output_min", p.output_min);
  v("output_max", p.output_max);
}

/// With x = input1[d] + input1_offset and alpha = input2[d] + input2_offset: output[d] = clamp(output_offset +
/// requantize(x >= 0 ? x : alpha * x)), each branch with its own multiplier.
template <class T, class Alpha>
inline void prelu(const PreluParams& p, const T* input1, const Alpha* input2, T* output) {
  for_each_pair(p, input1, input2, output, [&p](T a, Alpha b) {
    const int32_t x = a + p.input1_offset;
    const int32_t scaled =
        x >= 0 ? multiply_by_quantized_multiplier(x, p.identity_multiplier, p.identity_shift)
               : multiply_by_quantized_multiplier(x * (b + p.input2_offset), p.slope_multiplier, p.slope_shift);
    return static_cast<T>(clamp(p.output_offset + scaled, p.output_min, p.output_max));
  });
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
