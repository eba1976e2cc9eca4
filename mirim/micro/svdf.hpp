// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/four_rows.hpp"
#include "mirim/micro/requantize.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// input [batches, inputs], output [batches, units]; a unit has `rank` filters, each with a memory of `memory` steps.
struct SvdfParams {
  int32_t batches;
  int32_t inputs;
  int32_t units;
  int32_t rank;
  int32_t memory;
  int32_t input_offset;  ///< minus the input's zero point
  int32_t state_zero_point;
  int32_t state_multiplier;  ///< from a filter's sum to the state's scale
  int32_t state_shift;
  int32_t state_min;
  int32_t state_max;
  int32_t output_multiplier;  ///< from a unit's sum to the output's scale
  int32_t output_shift;
  int32_t output_offset;
};

template <class V>
constexpr void fields(V&& v, const SvdfParams& p) {
  v("batches", p.batches);
  v("inputs", p.inputs);
  v("units", p.units);
  v("rank", p.rank);
  v("memory", p.memory);
  v("input_offset", p.input_offset);
  v("state_zero_point", p.state_zero_point);
  v("state_multiplier", p.state_multiplier);
  v("state_shift", p.state_shift);
  v("state_min", p.state_min);
  v("state_max", p.state_max);
  v("output_multiplier", p.output_multiplier);
  v("output_shift", p.output_shift);
  v("output_offset", p.output_offset);
}

/// Each filter's memory is shifted by one step and takes in sum over i of feature[f, i] * input[i]. A unit is the sum
/// of its filters' memories, each step weighted by time[f, step], plus its bias (may be null). state [batches, filters,
/// memory], the newest step last; int8 or int16, like the time weights.
template <class State>
inline void svdf(const SvdfParams& p, const int8_t* input, const int8_t* feature, const State* time,
                 const int32_t* bias, State* state, int8_t* output) {
  for (int32_t b = 0; b < p.batches; ++b, input += p.inputs) {
    const int8_t* row = feature;
    const State* weight = time;
    for (int32_t u = 0; u < p.units; ++u) {
      // Sums of 16-bit products can exceed 32 bits with real weights; they wrap around.
      uint32_t total = bias ? static_cast<uint32_t>(bias[u]) : 0;
      for (int32_t r = 0; r < p.rank; ++r, row += p.inputs, weight += p.memory, state += p.memory) {
        int32_t sum = 0;
        if (kSimd32) {
          sum = add_row(0, input, row, p.inputs, p.input_offset);
        } else {
          for (int32_t i = 0; i < p.inputs; ++i) sum += row[i] * (input[i] + p.input_offset);
        }
        for (int32_t m = 0; m + 1 < p.memory; ++m) state[m] = state[m + 1];
        const int32_t scaled = multiply_by_quantized_multiplier(sum, p.state_multiplier, p.state_shift);
        state[p.memory - 1] = static_cast<State>(clamp(scaled + p.state_zero_point, p.state_min, p.state_max));
        for (int32_t m = 0; m < p.memory; ++m) {
          total += static_cast<uint32_t>(weight[m] * (state[m] - p.state_zero_point));
        }
      }
      const int32_t scaled =
          multiply_by_quantized_multiplier(static_cast<int32_t>(total), p.output_multiplier, p.output_shift);
      *output++ = static_cast<int8_t>(clamp(scaled + p.output_offset, -128, 127));
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
