// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/float_math.hpp"
#include "mirim/micro/unroll.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

struct UnidirectionalSequenceLstmFloatParams {
  int32_t batches;
  int32_t steps;
  int32_t inputs;
  int32_t units;
  int32_t time_major;  ///< 1: input and output are [steps, batches, ...]; 0: [batches, steps, ...]
  int32_t last_only;   ///< 1: the output is [batches, units], of the last step
  float cell_clip;     ///< the largest float for no limit
};

template <class V>
constexpr void fields(V&& v, const UnidirectionalSequenceLstmFloatParams& p) {
  v("batches", p.batches);
  v("steps", p.steps);
  v("inputs", p.inputs);
  v("units", p.units);
  v("time_major", p.time_major);
  v("last_only", p.last_only);
  v("cell_clip", p.cell_clip);
}

/// sums[g] += sum over i of weights[g, i] * x[i] for four gates, which share the loads of x.
inline void add_products(const float* x, int32_t size, const float* weights, float* sums) {
  float sum0 = sums[0], sum1 = sums[1], sum2 = sums[2], sum3 = sums[3];
  MIRIM_UNROLL(4)
  for (int32_t i = 0; i < size; ++i) {
    const float value = x[i];
    sum0 += weights[i] * value;
    sum1 += weights[i + size] * value;
    sum2 += weights[i + 2 * size] * value;
    sum3 += weights[i + 3 * size] * value;
  }
  sums[0] = sum0, sums[1] = sum1, sums[2] = sum2, sums[3] = sum3;
}

/// unidirectional_sequence_lstm in floats: weights [units, 4, inputs], recurrent [units, 4, units], bias [units, 4],
/// the gates in the order input, forget, cell, output.
inline void unidirectional_sequence_lstm_float(const UnidirectionalSequenceLstmFloatParams& p, const float* input,
                                               const float* weights, const float* recurrent, const float* bias,
                                               float* state, float* cell, float* output) {
  for (int32_t b = 0; b < p.batches; ++b, state += p.units, cell += p.units) {
    for (int32_t t = 0; t < p.steps; ++t) {
      const int32_t at = p.time_major ? t * p.batches + b : b * p.steps + t;
      float* y = output + (p.last_only ? b : at) * p.units;
      for (int32_t u = 0; u < p.units; ++u) {
        float gate[4] = {bias[4 * u], bias[4 * u + 1], bias[4 * u + 2], bias[4 * u + 3]};
        add_products(input + at * p.inputs, p.inputs, weights + 4 * u * p.inputs, gate);
        add_products(state, p.units, recurrent + 4 * u * p.units, gate);
        float content = logistic_function(gate[1]) * cell[u] + logistic_function(gate[0]) * hyperbolic_tangent(gate[2]);
        if (content > p.cell_clip) content = p.cell_clip;
        if (content < -p.cell_clip) content = -p.cell_clip;
        cell[u] = content;
        y[u] = logistic_function(gate[3]) * hyperbolic_tangent(content);
      }
      for (int32_t u = 0; u < p.units; ++u) state[u] = y[u];
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
