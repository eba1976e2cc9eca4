// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/arithmetic.hpp"
#include "mirim/micro/requantize.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

struct AddNParams {
  int32_t count;  ///< elements of each input
};

template <class V>
constexpr void fields(V&& v, const AddNParams& p) {
  v("count", p.count);
}

/// The same with the numbers of an ADD of two int8 (mirim/micro/add.hpp); all inputs have one quantization.
struct ScaledAddNParams {
  int32_t count;
  int32_t left_shift;
  int32_t input_offset;
  int32_t input_multiplier;
  int32_t input_shift;
  int32_t output_offset;
  int32_t output_multiplier;
  int32_t output_shift;
};

template <class V>
constexpr void fields(V&& v, const ScaledAddNParams& p) {
  v("count", p.count);
  v("left_shift", p.left_shift);
  v("input_offset", p.input_offset);
  v("input_multiplier", p.input_multiplier);
  v("input_shift", p.input_shift);
  v("output_offset", p.output_offset);
  v("output_multiplier", p.output_multiplier);
  v("output_shift", p.output_shift);
}

/// output[i] = inputs[0][i] + inputs[1][i] + ...; T is float or int32_t.
template <class T>
inline void add_all(const AddNParams& p, T* output, const T* const* inputs, int32_t number) {
  for (int32_t i = 0; i < p.count; ++i) {
    T sum = inputs[0][i];
    for (int32_t k = 1; k < number; ++k) sum = sum_of(sum, inputs[k][i]);
    output[i] = sum;
  }
}

/// The same for int8. TensorFlow Lite Micro's sum begins with the zero point's offset once more than there are inputs.
inline void add_all_scaled(const ScaledAddNParams& p, int8_t* output, const int8_t* const* inputs, int32_t number) {
  const auto scaled = [&p](int32_t x) {
    return rescaled(shift_left(x + p.input_offset, p.left_shift), p.input_multiplier, p.input_shift);
  };
  for (int32_t i = 0; i < p.count; ++i) {
    int32_t sum = scaled(0);
    for (int32_t k = 0; k < number; ++k) sum += scaled(inputs[k][i]);
    const int32_t y = p.output_offset + rescaled(sum, p.output_multiplier, p.output_shift);
    output[i] = static_cast<int8_t>(clamp(y, -128, 127));
  }
}

/// The same with the inputs as arguments.
template <class T, class... Inputs>
inline void add_n(const AddNParams& p, T* output, Inputs... inputs) {
  const T* const sources[] = {inputs...};
  add_all(p, output, sources, static_cast<int32_t>(sizeof...(Inputs)));
}
template <class... Inputs>
inline void add_n_scaled(const ScaledAddNParams& p, int8_t* output, Inputs... inputs) {
  const int8_t* const sources[] = {inputs...};
  add_all_scaled(p, output, sources, static_cast<int32_t>(sizeof...(Inputs)));
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
