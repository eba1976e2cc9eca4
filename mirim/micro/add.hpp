// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/broadcast.hpp"
#include "mirim/micro/requantize.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// For int8, uint8 and int16 (T). Sizes and strides as in for_each_pair.
struct AddParams {
  int32_t size[5];
  int32_t input1_stride[5];
  int32_t input2_stride[5];
  int32_t left_shift;  ///< 20, for int16 15: fractional bits for the smaller scale
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

/// An input at twice the larger of both scales over 2^left_shift, so that both can be added.
inline int32_t scaled_input1(const AddParams& p, int32_t a) {
  return rescaled(shift_left(a + p.input1_offset, p.left_shift), p.input1_multiplier, p.input1_shift);
}
inline int32_t scaled_input2(const AddParams& p, int32_t b) {
  return rescaled(shift_left(b + p.input2_offset, p.left_shift), p.input2_multiplier, p.input2_shift);
}

/// Such a sum at the output's scale.
inline int32_t rescaled_sum(const AddParams& p, int32_t sum) {
  const int32_t scaled = rescaled(sum, p.output_multiplier, p.output_shift);
  return clamp(p.output_offset + scaled, p.activation_min, p.activation_max);
}

/// output[d] = clamp(output_offset + requantize(input1[d] + input2[d])).
template <class T>
inline void add(const AddParams& p, const T* input1, const T* input2, T* output) {
  for_each_pair(p, input1, input2, output,
                [&p](T a, T b) { return static_cast<T>(rescaled_sum(p, scaled_input1(p, a) + scaled_input2(p, b))); });
}

/// output[d] = clamp(output_offset + requantize(input1[d] - input2[d])).
template <class T>
inline void sub(const AddParams& p, const T* input1, const T* input2, T* output) {
  for_each_pair(p, input1, input2, output,
                [&p](T a, T b) { return static_cast<T>(rescaled_sum(p, scaled_input1(p, a) - scaled_input2(p, b))); });
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
