// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/dynamic_quantize.hpp"
#include "mirim/micro/float_math.hpp"
#include "mirim/micro/four_rows.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// The order of gates is input, forget, cell, output.
struct UnidirectionalSequenceLstmDynamicParams {
  int32_t batches;
  int32_t steps;
  int32_t inputs;
  int32_t units;
  int32_t time_major;  ///< 1: input and output are [steps, batches, ...]; 0: [batches, steps, ...]
  int32_t last_only;   ///< 1: the output is [batches, units], of the last step
  float cell_clip;     ///< the largest float for no limit
  float input_scale[4];
  float recurrent_scale[4];
};

template <class V>
constexpr void fields(V&& v, const UnidirectionalSequenceLstmDynamicParams& p) {
  v("batches", p.batches);
  v("steps", p.steps);
  v("inputs", p.inputs);
  v("units", p.units);
  v("time_major", p.time_major);
  v("last_only", p.last_only);
  v("cell_clip", p.cell_clip);
  v("input_scale", p.input_scale);
  v("recurrent_scale", p.recurrent_scale);
}

/// gate[g] += scale[g] * in.scale * sum over i of weights[g, i] * (x[i] - in.zero_point). Integer sums become floats
/// in TensorFlow Lite's order: the two scales are multiplied first.
inline void add_dynamic_gates(const int8_t* x, DynamicScale in, int32_t size, const int8_t* weights, const float* scale,
                              float* gate) {
  FourSums sums = {{0, 0, 0, 0}};
  if (kSimd32) {
    add_four_rows(sums, x, weights, size, size, -in.zero_point);
  } else {
    for (int32_t i = 0; i < size; ++i) {
      const int32_t value = x[i] - in.zero_point;
      sums.of[0] += weights[i] * value;
      sums.of[1] += weights[i + size] * value;
      sums.of[2] += weights[i + 2 * size] * value;
      sums.of[3] += weights[i + 3 * size] * value;
    }
  }
  for (int32_t g = 0; g < 4; ++g) gate[g] += static_cast<float>(sums.of[g]) * (in.scale * scale[g]);
}

/// unidirectional_sequence_lstm_float with int8 weights: each step's input and last output are first quantized to
/// `quantized` [inputs + units], with a zero point if `asymmetric`.
template <bool asymmetric>
inline void unidirectional_sequence_lstm_dynamic(const UnidirectionalSequenceLstmDynamicParams& p, const float* input,
                                                 const int8_t* weights, const int8_t* recurrent, const float* bias,
                                                 float* state, float* cell, int8_t* quantized, float* output) {
  const auto quantize = [](const float* from, int32_t count, int8_t* to) {
    return asymmetric ? quantize_asymmetric(from, count, to) : quantize_symmetric(from, count, to);
  };
  for (int32_t b = 0; b < p.batches; ++b, state += p.units, cell += p.units) {
    for (int32_t t = 0; t < p.steps; ++t) {
      const int32_t at = p.time_major ? t * p.batches + b : b * p.steps + t;
      float* y = output + (p.last_only ? b : at) * p.units;
      int8_t* last = quantized + p.inputs;
      const DynamicScale of_input = quantize(input + at * p.inputs, p.inputs, quantized);
      const DynamicScale of_last = quantize(state, p.units, last);
      for (int32_t u = 0; u < p.units; ++u) {
        float gate[4] = {bias[4 * u], bias[4 * u + 1], bias[4 * u + 2], bias[4 * u + 3]};
        add_dynamic_gates(quantized, of_input, p.inputs, weights + 4 * u * p.inputs, p.input_scale, gate);
        add_dynamic_gates(last, of_last, p.units, recurrent + 4 * u * p.units, p.recurrent_scale, gate);
        float content = logistic_function(gate[1]) * cell[u] + logistic_function(gate[0]) * hyperbolic_tangent(gate[2]);
        if (content > p.cell_clip) content = p.cell_clip;
        if (content < -p.cell_clip) content = -p.cell_clip;
        cell[u] = content;
        y[u] = state[u] = logistic_function(gate[3]) * hyperbolic_tangent(content);
      }
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
