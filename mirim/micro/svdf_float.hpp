// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

namespace mirim {
namespace micro {
inline namespace v0 {

/// input [batches, inputs], output [batches, units]; a unit has `rank` filters, each with a memory of `memory` steps.
struct SvdfFloatParams {
  int32_t batches;
  int32_t inputs;
  int32_t units;
  int32_t rank;
  int32_t memory;
  float activation_min;
  float activation_max;
};

template <class V>
constexpr void fields(V&& v, const SvdfFloatParams& p) {
  v("batches", p.batches);
  v("inputs", p.inputs);
  v("units", p.units);
  v("rank", p.rank);
  v("memory", p.memory);
  v("activation_min", p.activation_min);
  v("activation_max", p.activation_max);
}

/// svdf in floats; bias may be null.
inline void svdf_float(const SvdfFloatParams& p, const float* input, const float* feature, const float* time,
                       const float* bias, float* state, float* output) {
  for (int32_t b = 0; b < p.batches; ++b, input += p.inputs) {
    const float* row = feature;
    const float* weight = time;
    for (int32_t u = 0; u < p.units; ++u) {
      float result = bias ? bias[u] : 0;
      for (int32_t r = 0; r < p.rank; ++r, row += p.inputs, weight += p.memory, state += p.memory) {
        float sum = 0;
        for (int32_t i = 0; i < p.inputs; ++i) sum += row[i] * input[i];
        for (int32_t m = 0; m + 1 < p.memory; ++m) state[m] = state[m + 1];
        state[p.memory - 1] = sum;
        for (int32_t m = 0; m < p.memory; ++m) result += weight[m] * state[m];
      }
      if (result < p.activation_min) result = p.activation_min;
      if (result > p.activation_max) result = p.activation_max;
      *output++ = result;
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
