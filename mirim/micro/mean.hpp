// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/requantize.hpp"

namespace mirim::micro {
inline namespace v0 {

/// The input's axes, neighbours of one kind taken together: up to three that stay and up to three that are averaged
/// away, outermost first, each with its stride in the input; size 1 where there are fewer. The output is dense.
struct MeanParams {
  int32_t kept_size[3];
  int32_t kept_stride[3];
  int32_t reduced_size[3];
  int32_t reduced_stride[3];
  int32_t input_zero_points;  ///< the input's zero point times the number of averaged elements
  int32_t output_offset;
  int32_t multiplier;  ///< input scale / output scale / number of averaged elements
  int32_t shift;
};

template <class V>
constexpr void fields(V&& v, const MeanParams& p) {
  v("kept_size", p.kept_size);
  v("kept_stride", p.kept_stride);
  v("reduced_size", p.reduced_size);
  v("reduced_stride", p.reduced_stride);
  v("input_zero_points", p.input_zero_points);
  v("output_offset", p.output_offset);
  v("multiplier", p.multiplier);
  v("shift", p.shift);
}

/// Sum of the input over the averaged axes, starting at `first`.
inline int32_t sum_over_reduced(const MeanParams& p, const int8_t* first) {
  int32_t sum = 0;
  for (int32_t i = 0; i < p.reduced_size[0]; ++i) {
    for (int32_t j = 0; j < p.reduced_size[1]; ++j) {
      const int8_t* line = first + i * p.reduced_stride[0] + j * p.reduced_stride[1];
      for (int32_t k = 0; k < p.reduced_size[2]; ++k) sum += line[k * p.reduced_stride[2]];
    }
  }
  return sum;
}

/// output[kept] = clamp(output_offset + requantize(sum over reduced of input[kept, reduced] - input_zero_points)).
inline void mean(const MeanParams& p, const int8_t* input, int8_t* output) {
  for (int32_t i = 0; i < p.kept_size[0]; ++i) {
    for (int32_t j = 0; j < p.kept_size[1]; ++j) {
      for (int32_t k = 0; k < p.kept_size[2]; ++k) {
        const int8_t* first = input + i * p.kept_stride[0] + j * p.kept_stride[1] + k * p.kept_stride[2];
        const int32_t sum = sum_over_reduced(p, first) - p.input_zero_points;
        const int32_t scaled = p.output_offset + multiply_by_quantized_multiplier(sum, p.multiplier, p.shift);
        *output++ = static_cast<int8_t>(clamp(scaled, INT8_MIN, INT8_MAX));
      }
    }
  }
}

}  // namespace v0
}  // namespace mirim::micro
