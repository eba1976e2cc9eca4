// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/requantize.hpp"

namespace mirim::micro {
inline namespace v0 {

/// The output is dense, of the five dimensions `size` (ones in front of a smaller rank); an input's element for
/// output index d is at sum(d[k] * stride[k]), so a stride of 0 repeats it along that axis.
struct AddParams {
  int32_t size[5];
  int32_t input1_stride[5];
  int32_t input2_stride[5];
  int32_t left_shift;  ///< 20: room for the fraction that the smaller of the two scales needs
  int32_t input1_offset;
  int32_t input1_multiplier;
  int32_t input1_shift;
  int32_t input2_offset;
  int32_t input2_multiplier;
  int32_t input2_shift;
  int32_t output_offset;
  int32_t output_multiplier;
  int32_t output_shift;
  int32_t activation_min;
  int32_t activation_max;
};

template <class V>
constexpr void fields(V&& v, const AddParams& p) {
  v("size", p.size);
  v("input1_stride", p.input1_stride);
  v("input2_stride", p.input2_stride);
  v("left_shift", p.left_shift);
  v("input1_offset", p.input1_offset);
  v("input1_multiplier", p.input1_multiplier);
  v("input1_shift", p.input1_shift);
  v("input2_offset", p.input2_offset);
  v("input2_multiplier", p.input2_multiplier);
  v("input2_shift", p.input2_shift);
  v("output_offset", p.output_offset);
  v("output_multiplier", p.output_multiplier);
  v("output_shift", p.output_shift);
  v("activation_min", p.activation_min);
  v("activation_max", p.activation_max);
}

/// One element of ADD: both inputs brought to twice the larger of their scales over 2^left_shift, added, requantized.
inline int8_t add_element(const AddParams& p, int8_t a, int8_t b) {
  const int32_t scaled_a = multiply_by_quantized_multiplier(shift_left(a + p.input1_offset, p.left_shift),
                                                            p.input1_multiplier, p.input1_shift);
  const int32_t scaled_b = multiply_by_quantized_multiplier(shift_left(b + p.input2_offset, p.left_shift),
                                                            p.input2_multiplier, p.input2_shift);
  const int32_t sum =
      p.output_offset + multiply_by_quantized_multiplier(scaled_a + scaled_b, p.output_multiplier, p.output_shift);
  return static_cast<int8_t>(clamp(sum, p.activation_min, p.activation_max));
}

/// output[d] = clamp(output_offset + requantize(input1[d] + input2[d])), inputs broadcast by their strides.
inline void add(const AddParams& p, const int8_t* input1, const int8_t* input2, int8_t* output) {
  for (int32_t d0 = 0; d0 < p.size[0]; ++d0) {
    for (int32_t d1 = 0; d1 < p.size[1]; ++d1) {
      for (int32_t d2 = 0; d2 < p.size[2]; ++d2) {
        for (int32_t d3 = 0; d3 < p.size[3]; ++d3) {
          const int8_t* a = input1 + d0 * p.input1_stride[0] + d1 * p.input1_stride[1] + d2 * p.input1_stride[2] +
                            d3 * p.input1_stride[3];
          const int8_t* b = input2 + d0 * p.input2_stride[0] + d1 * p.input2_stride[1] + d2 * p.input2_stride[2] +
                            d3 * p.input2_stride[3];
          for (int32_t d4 = 0; d4 < p.size[4]; ++d4) {
            *output++ = add_element(p, a[d4 * p.input1_stride[4]], b[d4 * p.input2_stride[4]]);
          }
        }
      }
    }
  }
}

}  // namespace v0
}  // namespace mirim::micro
