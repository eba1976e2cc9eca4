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
/// input_offset))). bias may be null. Four outputs at a time share the loads of the input.
inline void fully_connected(const FullyConnectedParams& p, const int8_t* input, const int8_t* weights,
                            const int32_t* bias, const int32_t* multiplier, const int32_t* shift, int8_t* output) {
  const int32_t offset = p.input_offset;
  for (int32_t b = 0; b < p.batches; ++b, input += p.inputs) {
    const int8_t* w0 = weights;
    int32_t o = 0;
    for (; o + 4 <= p.outputs; o += 4, output += 4, w0 += 4 * p.inputs) {
      const int8_t* w1 = w0 + p.inputs;
      const int8_t* w2 = w1 + p.inputs;
      const int8_t* w3 = w2 + p.inputs;
      int32_t sum0 = bias ? bias[o] : 0;
      int32_t sum1 = bias ? bias[o + 1] : 0;
      int32_t sum2 = bias ? bias[o + 2] : 0;
      int32_t sum3 = bias ? bias[o + 3] : 0;
      for (int32_t i = 0; i < p.inputs; ++i) {
        const int32_t value = input[i] + offset;
        sum0 += w0[i] * value;
        sum1 += w1[i] * value;
        sum2 += w2[i] * value;
        sum3 += w3[i] * value;
      }
      output[0] = requantized_channel(p, sum0, o, multiplier, shift);
      output[1] = requantized_channel(p, sum1, o + 1, multiplier, shift);
      output[2] = requantized_channel(p, sum2, o + 2, multiplier, shift);
      output[3] = requantized_channel(p, sum3, o + 3, multiplier, shift);
    }
    for (; o < p.outputs; ++o, ++output, w0 += p.inputs) {
      int32_t sum = bias ? bias[o] : 0;
      for (int32_t i = 0; i < p.inputs; ++i) sum += w0[i] * (input[i] + offset);
      *output = requantized_channel(p, sum, o, multiplier, shift);
    }
  }
}

}  // namespace v0
}  // namespace mirim::micro
