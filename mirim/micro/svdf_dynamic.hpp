// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/dynamic_quantize.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// input [batches, inputs], output [batches, units]; a unit has `rank` filters, each with a memory of `memory` steps.
struct SvdfDynamicParams {
  int32_t batches;
  int32_t inputs;
  int32_t units;
  int32_t rank;
  int32_t memory;
  float feature_scale;
  float time_scale;
};

template <class V>
constexpr void fields(V&& v, const SvdfDynamicParams& p) {
  v("batches", p.batches);
  v("inputs", p.inputs);
  v("units", p.units);
  v("rank", p.rank);
  v("memory", p.memory);
  v("feature_scale", p.feature_scale);
  v("time_scale", p.time_scale);
}

/// svdf with float activations and state and int8 weights: each row is first quantized to `quantized`, with a zero
/// point if `asymmetric`. bias may be null, activation is {least, most}.
template <bool asymmetric>
inline void svdf_dynamic(const SvdfDynamicParams& p, const float* input, const int8_t* feature, const int8_t* time,
                         const float* bias, const float* activation, float* state, int8_t* quantized, float* output) {
  for (int32_t b = 0; b < p.batches; ++b, input += p.inputs) {
    const DynamicScale in =
        asymmetric ? quantize_asymmetric(input, p.inputs, quantized) : quantize_symmetric(input, p.inputs, quantized);
    const float scale = in.scale * p.feature_scale;
    const int8_t* row = feature;
    const int8_t* weight = time;
    for (int32_t u = 0; u < p.units; ++u) {
      float result = 0;
      for (int32_t r = 0; r < p.rank; ++r, row += p.inputs, weight += p.memory, state += p.memory) {
        int32_t sum = 0;
        for (int32_t i = 0; i < p.inputs; ++i) sum += row[i] * (quantized[i] - in.zero_point);
        for (int32_t m = 0; m + 1 < p.memory; ++m) state[m] = state[m + 1];
        state[p.memory - 1] = static_cast<float>(sum) * scale;
        for (int32_t m = 0; m < p.memory; ++m) result += static_cast<float>(weight[m]) * p.time_scale * state[m];
      }
      if (bias) result += bias[u];
      *output++ = result < activation[0] ? activation[0] : result > activation[1] ? activation[1] : result;
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
