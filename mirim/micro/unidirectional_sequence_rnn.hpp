// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/bounded.hpp"
#include "mirim/micro/float_math.hpp"
#include "mirim/micro/unroll.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

struct UnidirectionalSequenceRnnParams {
  int32_t batches;
  int32_t steps;
  int32_t inputs;
  int32_t units;
  int32_t time_major;  ///< 1: input and output are [steps, batches, ...]; 0: [batches, steps, ...]
  int32_t bends;       ///< 1: the activation is tanh; 0: it clamps
};

template <class V>
constexpr void fields(V&& v, const UnidirectionalSequenceRnnParams& p) {
  v("batches", p.batches);
  v("steps", p.steps);
  v("inputs", p.inputs);
  v("units", p.units);
  v("time_major", p.time_major);
  v("bends", p.bends);
}

/// y = activation(weights x + recurrent state + bias) for each step, which is the next state: weights [units, inputs],
/// recurrent [units, units], bias [units], activation {least, most}.
inline void unidirectional_sequence_rnn(const UnidirectionalSequenceRnnParams& p, const float* input,
                                        const float* weights, const float* recurrent, const float* bias,
                                        const float* activation, float* state, float* output) {
  for (int32_t b = 0; b < p.batches; ++b, state += p.units) {
    for (int32_t t = 0; t < p.steps; ++t) {
      const int32_t at = p.time_major ? t * p.batches + b : b * p.steps + t;
      const float* x = input + at * p.inputs;
      float* y = output + at * p.units;
      for (int32_t u = 0; u < p.units; ++u) {
        float sum = bias[u];
        const float *row = weights + u * p.inputs, *recurrent_row = recurrent + u * p.units;
        MIRIM_UNROLL(4)
        for (int32_t i = 0; i < p.inputs; ++i) sum += row[i] * x[i];
        MIRIM_UNROLL(4)
        for (int32_t i = 0; i < p.units; ++i) sum += recurrent_row[i] * state[i];
        y[u] = p.bends ? hyperbolic_tangent(sum) : bounded(sum, activation);
      }
      for (int32_t u = 0; u < p.units; ++u) state[u] = y[u];
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
