// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/four_rows.hpp"
#include "mirim/micro/requantize.hpp"
#include "mirim/micro/sigmoid_int16.hpp"
#include "mirim/micro/unroll.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// The order of gates is input, forget, cell, output.
struct UnidirectionalSequenceLstmParams {
  int32_t batches;
  int32_t steps;
  int32_t inputs;
  int32_t units;
  int32_t time_major;           ///< 1: input and output are [steps, batches, ...]; 0: [batches, steps, ...]
  int32_t input_multiplier[4];  ///< from the sums over the input to Q3.12, for each gate
  int32_t input_shift[4];
  int32_t recurrent_multiplier[4];  ///< the same for the sums over the last output
  int32_t recurrent_shift[4];
  int32_t cell_multiplier;  ///< from a product of two gates, Q30, to the cell's scale
  int32_t cell_shift;
  int32_t cell_clip;        ///< 32768 for no limit
  int32_t tanh_multiplier;  ///< from the cell's scale to the units of tanh_int16: multiplier * 2^-shift
  int32_t tanh_shift;
  int32_t output_multiplier;  ///< from a product of two gates, Q30, to the output's scale
  int32_t output_shift;
  int32_t output_offset;
  int32_t output_min;
  int32_t output_max;
};

template <class V>
constexpr void fields(V&& v, const UnidirectionalSequenceLstmParams& p) {
  v("batches", p.batches);
  v("steps", p.steps);
  v("inputs", p.inputs);
  v("units", p.units);
  v("time_major", p.time_major);
  v("input_multiplier", p.input_multiplier);
  v("input_shift", p.input_shift);
  v("recurrent_multiplier", p.recurrent_multiplier);
  v("recurrent_shift", p.recurrent_shift);
  v("cell_multiplier", p.cell_multiplier);
  v("cell_shift", p.cell_shift);
  v("cell_clip", p.cell_clip);
  v("tanh_multiplier", p.tanh_multiplier);
  v("tanh_shift", p.tanh_shift);
  v("output_multiplier", p.output_multiplier);
  v("output_shift", p.output_shift);
  v("output_offset", p.output_offset);
  v("output_min", p.output_min);
  v("output_max", p.output_max);
}

constexpr int16_t clamp_int16(int32_t x) { return static_cast<int16_t>(clamp(x, INT16_MIN, INT16_MAX)); }

/// sums[g] += sum over i of weights[g, i] * x[i] for four gates, which share the loads of x.
template <class Activation, class Sum>
inline void add_gate_products(const Activation* x, int32_t size, const int8_t* weights, Sum* sums) {
  const int8_t* w1 = weights + size;
  const int8_t* w2 = w1 + size;
  const int8_t* w3 = w2 + size;
  MIRIM_UNROLL(2)
  for (int32_t i = 0; i < size; ++i) {
    const Activation value = x[i];
    sums[0] += weights[i] * value;
    sums[1] += w1[i] * value;
    sums[2] += w2[i] * value;
    sums[3] += w3[i] * value;
  }
}
inline void add_gate_products(const int8_t* x, int32_t size, const int8_t* weights, int32_t* sums) {
  if (!kSimd32) return add_gate_products<int8_t, int32_t>(x, size, weights, sums);
  FourSums four = {{sums[0], sums[1], sums[2], sums[3]}};
  add_four_rows(four, x, weights, size, size, 0);
  for (int g = 0; g < 4; ++g) sums[g] = four.of[g];
}

/// The gate values of a unit from one vector: gate[g] = requantize(bias[g] + sum over i of weights[g, i] * x[i]) in
/// Q3.12.
template <class Activation, class Sum>
[[gnu::noinline]] inline void lstm_gates(const Activation* x, int32_t size, const int8_t* weights, const Sum* bias,
                                         const int32_t* multiplier, const int32_t* shift, int16_t* gate) {
  Sum sums[4] = {};
  if (bias) {
    for (int32_t g = 0; g < 4; ++g) sums[g] = bias[g];
  }
  add_gate_products(x, size, weights, sums);
  for (int32_t g = 0; g < 4; ++g) {
    gate[g] = clamp_int16(requantized_sum(bias, sums[g], multiplier[g], shift[g]));
  }
}

/// One unit, from its gate values for the input and for the last output: returns the output and updates the cell.
inline int32_t lstm_unit(const UnidirectionalSequenceLstmParams& p, const int16_t* from_input,
                         const int16_t* from_state, const uint16_t* table, int16_t& cell) {
  int16_t gate[4];
  for (int32_t g = 0; g < 4; ++g) {
    const int32_t sum = 3 * clamp_int16(from_input[g] + from_state[g]);
    gate[g] = g == 2 ? tanh_int16(sum, table) : logistic_int16(sum, table);
  }
  // sigmoid(f) * cell is in Q15 steps of the cell's scale.
  const int32_t kept = clamp_int16(multiply_by_quantized_multiplier(gate[1] * cell, 1 << 30, -14));
  const int32_t fresh =
      clamp_int16(multiply_by_quantized_multiplier(gate[0] * gate[2], p.cell_multiplier, p.cell_shift));
  const int32_t content = clamp(clamp_int16(kept + fresh), -p.cell_clip, p.cell_clip);
  cell = static_cast<int16_t>(content);
  const int32_t half = p.tanh_shift > 0 ? 1 << (p.tanh_shift - 1) : 0;
  const int32_t squashed = tanh_int16((content * p.tanh_multiplier + half) >> p.tanh_shift, table);
  const int32_t h = multiply_by_quantized_multiplier(squashed * gate[3], p.output_multiplier, p.output_shift);
  return clamp(h + p.output_offset, p.output_min, p.output_max);
}

/// For each step, with gates i, f, n and o made from the input x and the last output h:
///   cell = clip(sigmoid(f) * cell + sigmoid(i) * tanh(n)),  h = sigmoid(o) * tanh(cell),  output = h
/// Activations int8 with sums in int32, or int16 with sums in int64; gates in Q3.12, the cell int16. weights [units, 4,
/// inputs] and recurrent [units, 4, units]; bias [2, units, 4] for the two, zero points included (int16, without zero
/// points, has only the first half). table: see sigmoid_int16.hpp. state [batches, units] is h and cell [batches,
/// units] the cell; both are kept between runs. The arithmetic of tflite-micro, step for step.
template <class Activation, class Sum>
inline void unidirectional_sequence_lstm(const UnidirectionalSequenceLstmParams& p, const Activation* input,
                                         const int8_t* weights, const int8_t* recurrent, const Sum* bias,
                                         const uint16_t* table, Activation* state, int16_t* cell, Activation* output) {
  const Sum* recurrent_bias = sizeof(Activation) == 1 ? bias + 4 * p.units : nullptr;
  for (int32_t b = 0; b < p.batches; ++b, state += p.units, cell += p.units) {
    for (int32_t t = 0; t < p.steps; ++t) {
      const int32_t at = p.time_major ? t * p.batches + b : b * p.steps + t;
      Activation* y = output + at * p.units;
      for (int32_t u = 0; u < p.units; ++u) {
        int16_t gate[4], last[4];
        lstm_gates(input + at * p.inputs, p.inputs, weights + 4 * u * p.inputs, bias + 4 * u, p.input_multiplier,
                   p.input_shift, gate);
        lstm_gates(state, p.units, recurrent + 4 * u * p.units, recurrent_bias ? recurrent_bias + 4 * u : nullptr,
                   p.recurrent_multiplier, p.recurrent_shift, last);
        y[u] = static_cast<Activation>(lstm_unit(p, gate, last, table, cell[u]));
      }
      // Only now, since every unit reads the whole last output.
      for (int32_t u = 0; u < p.units; ++u) state[u] = y[u];
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
