// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/requantize.hpp"

namespace mirim::micro {
inline namespace v0 {

/// input [batches, inputs], weights [outputs, inputs], output [batches, outputs].
struct FullyConnectedParams {
  int32_t batches;
  int32_t inputs;
  int32_t outputs;
  int32_t input_offset;       ///< minus the input's zero point
  int32_t output_offset;      ///< the output's zero point
  int32_t multiplier_stride;  ///< 1: a multiplier and shift for each output; 0: one for all
  int32_t activation_min;
  int32_t activation_max;
};

template <class V>
constexpr void fields(V&& v, const FullyConnectedParams& p) {
  v("batches", p.batches);
  v("inputs", p.inputs);
  v("outputs", p.outputs);
  v("input_offset", p.input_offset);
  v("output_offset", p.output_offset);
  v("multiplier_stride", p.multiplier_stride);
  v("activation_min", p.activation_min);
  v("activation_max", p.activation_max);
}

/// output[b, o] = clamp(output_offset + requantize(bias[o] + sum over i of weights[o, i] * (input[b, i] +
/// input_offset))). bias may be null.
inline void fully_connected(const FullyConnectedParams& p, const int8_t* input, const int8_t* weights,
                            const int32_t* bias, const int32_t* multiplier, const int32_t* shift, int8_t* output) {
  for (int32_t b = 0; b < p.batches; ++b) {
    const int8_t* row = input + b * p.inputs;
    const int8_t* filter = weights;
    for (int32_t o = 0; o < p.outputs; ++o, filter += p.inputs) {
      int32_t sum = bias ? bias[o] : 0;
      for (int32_t i = 0; i < p.inputs; ++i) sum += filter[i] * (row[i] + p.input_offset);
      const int32_t channel = o * p.multiplier_stride;
      sum = p.output_offset + multiply_by_quantized_multiplier(sum, multiplier[channel], shift[channel]);
      *output++ = static_cast<int8_t>(clamp(sum, p.activation_min, p.activation_max));
    }
  }
}

}  // namespace v0
}  // namespace mirim::micro
