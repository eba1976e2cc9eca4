// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/float_math.hpp"
#include "mirim/micro/unroll.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

struct GruParams {
  int32_t batches;
  int32_t steps;
  int32_t inputs;
  int32_t units;
  int32_t time_major;   ///< 1: input and output are [steps, batches, ...]; 0: [batches, steps, ...]
  int32_t last_only;    ///< 1: the output is [batches, units], of the last step
  int32_t reset_after;  ///< 1: the reset gate acts on the product with the last output; 0: on the last output
};

template <class V>
constexpr void fields(V&& v, const GruParams& p) {
  v("batches", p.batches);
  v("steps", p.steps);
  v("inputs", p.inputs);
  v("units", p.units);
  v("time_major", p.time_major);
  v("last_only", p.last_only);
  v("reset_after", p.reset_after);
}

/// sums[g] += sum over i of weights[g, i] * x[i] for three gates, which share the loads of x.
inline void add_three_products(const float* x, int32_t size, const float* weights, float* sums) {
  float sum0 = sums[0], sum1 = sums[1], sum2 = sums[2];
  MIRIM_UNROLL(4)
  for (int32_t i = 0; i < size; ++i) {
    const float value = x[i];
    sum0 += weights[i] * value;
    sum1 += weights[i + size] * value;
    sum2 += weights[i + 2 * size] * value;
  }
  sums[0] = sum0, sums[1] = sum1, sums[2] = sum2;
}

/// The same for two gates.
inline void add_two_products(const float* x, int32_t size, const float* weights, float* sums) {
  float sum0 = sums[0], sum1 = sums[1];
  MIRIM_UNROLL(4)
  for (int32_t i = 0; i < size; ++i) {
    const float value = x[i];
    sum0 += weights[i] * value;
    sum1 += weights[i + size] * value;
  }
  sums[0] = sum0, sums[1] = sum1;
}

/// The same for one.
inline float plus_product(float sum, const float* x, int32_t size, const float* weights) {
  MIRIM_UNROLL(4)
  for (int32_t i = 0; i < size; ++i) sum += weights[i] * x[i];
  return sum;
}

inline float between(float z, float last, float next) { return z * last + (1 - z) * next; }

/// One step: y [units], not over state. `gated` [units] is for reset_after = 0 only.
inline void gru_step(const GruParams& p, const float* x, const float* weights, const float* recurrent,
                     const float* bias, const float* state, float* gated, float* y) {
  const int32_t row = 3 * p.inputs, recurrent_row = 3 * p.units;
  if (p.reset_after) {
    for (int32_t u = 0; u < p.units; ++u) {
      float sums[3] = {bias[4 * u], bias[4 * u + 1], bias[4 * u + 2]};
      add_three_products(x, p.inputs, weights + u * row, sums);
      float with_state[3] = {sums[0], sums[1], bias[4 * u + 3]};
      add_three_products(state, p.units, recurrent + u * recurrent_row, with_state);
      const float z = logistic_function(with_state[0]), r = logistic_function(with_state[1]);
      y[u] = between(z, state[u], hyperbolic_tangent(sums[2] + r * with_state[2]));
    }
    return;
  }
  for (int32_t u = 0; u < p.units; ++u) {
    float sums[2] = {bias[4 * u], bias[4 * u + 1]};
    add_two_products(x, p.inputs, weights + u * row, sums);
    add_two_products(state, p.units, recurrent + u * recurrent_row, sums);
    y[u] = logistic_function(sums[0]);
    gated[u] = logistic_function(sums[1]) * state[u];
  }
  for (int32_t u = 0; u < p.units; ++u) {
    const float sum = plus_product(bias[4 * u + 2], x, p.inputs, weights + u * row + 2 * p.inputs);
    const float all = plus_product(sum, gated, p.units, recurrent + u * recurrent_row + 2 * p.units);
    y[u] = between(y[u], state[u], hyperbolic_tangent(all));
  }
}

/// All steps of one sequence.
inline void gru_sequence(const GruParams& p, int32_t b, const float* input, const float* weights,
                         const float* recurrent, const float* bias, float* state, float* gated, float* output) {
  for (int32_t t = 0; t < p.steps; ++t) {
    const int32_t at = p.time_major ? t * p.batches + b : b * p.steps + t;
    float* y = output + (p.last_only ? b : at) * p.units;
    gru_step(p, input + at * p.inputs, weights, recurrent, bias, state, gated, y);
    for (int32_t u = 0; u < p.units; ++u) state[u] = y[u];
  }
}

/// GRU whose state begins as zeros: weights [units, 3, inputs], recurrent [units, 3, units], the gates in the order
/// update, reset, candidate; bias [units, 4], the last of the candidate's product with the last output; work [2,
/// units].
inline void gru(const GruParams& p, const float* input, const float* weights, const float* recurrent, const float* bias,
                float* work, float* output) {
  for (int32_t b = 0; b < p.batches; ++b) {
    for (int32_t u = 0; u < p.units; ++u) work[u] = 0;
    gru_sequence(p, b, input, weights, recurrent, bias, work, work + p.units, output);
  }
}

/// The same whose state [batches, units] is kept from run to run; work [units], none with reset_after.
inline void gru_with_state(const GruParams& p, const float* input, const float* weights, const float* recurrent,
                           const float* bias, float* state, float* work, float* output) {
  for (int32_t b = 0; b < p.batches; ++b) {
    gru_sequence(p, b, input, weights, recurrent, bias, state + b * p.units, work, output);
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
