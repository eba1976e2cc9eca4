// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/isa/paired_sums.hpp"
#include "mirim/micro/isa/saturate.hpp"
#include "mirim/micro/isa/short_rescale.hpp"
#include "mirim/micro/isa/word_products.hpp"
#include "mirim/micro/paired_vector.hpp"
#include "mirim/micro/unidirectional_sequence_lstm.hpp"

/// The int8 LSTM with two gates in one 16-bit lane.
///
/// The four gates of a unit are four rows of isa/paired_sums.hpp: one block for its input, one for its last output,
/// since TensorFlow Lite rescales and saturates these two sums each for itself. The input and the last output are
/// widened once a step. Sums are finished for eight units at a time. Of the instructions a multiplication takes 0.9,
/// and a unit about 200 for its ten rescalings and five interpolations.
namespace mirim {
namespace micro {
inline namespace v0 {

/// Units whose sums are in scratch at a time.
constexpr int32_t kLstmUnitsTogether = 8;

constexpr int32_t lstm_paired_scratch_bytes(const UnidirectionalSequenceLstmParams& p) {
  return paired_vector_bytes(p.inputs) + paired_vector_bytes(p.units) + 2 * 4 * 4 * kLstmUnitsTogether;
}

/// multiply_by_quantized_multiplier(sum, multiplier, shift) with twice the sum, shift in [-30, 30]; that fits when it
/// is shifted to the left.
inline int32_t short_rescaled(int32_t twice, int32_t multiplier, int32_t shift) {
  if (shift >= 0) return rounded_high_product(shift_left(twice, shift), multiplier);
  const ShortRescale r = ShortRescale::of(multiplier, ~shift, 0);
  return add_rounded_high_product(r.start + (twice >> 31), twice, multiplier) >> (r.right + 1);
}
inline int32_t short_int16(int32_t twice, int32_t multiplier, int32_t shift) {
  return saturated_to_int16(short_rescaled(twice, multiplier, shift));
}

/// multiply_by_quantized_multiplier(x, 2^30, -14): of (x + 1) >> 1 the 14 bits, ties away from zero.
inline int32_t rescaled_by_15(int32_t x) { return (x + 2 * (x >> 31) + (1 << 14) + 1) >> 15; }

/// The table at magnitude / 2^bits, times 2^bits, interpolated between two entries by one SMUAD.
inline int32_t between_entries(const int16_t* table, uint32_t magnitude, int bits) {
  const uint32_t entry = magnitude >> bits, rest = magnitude & ((1U << bits) - 1U);
  return sum_of_products(load_word(table + entry), rest * 0xffff + (1U << bits));  // 2^bits - rest, rest
}

/// logistic_int16 of 3 * x, x an int16, which does not reach the table's end.
inline int32_t gate_logistic(int32_t x, const int16_t* table) {
  const int32_t sum = 3 * x, sign = sum >> 31;
  const int32_t above_half = between_entries(table, static_cast<uint32_t>((sum ^ sign) - sign), 9);
  return ((above_half ^ sign) + (1 << 24) + 512) >> 10;
}

/// tanh_int16 of any number.
inline int32_t gate_tanh(int32_t x, const int16_t* table) {
  const int32_t sign = x >> 31;
  return ((between_entries(table, saturated_to_uint16((x ^ sign) - sign), 8) ^ sign) + 128) >> 8;
}

/// lstm_unit from twice the sums of its gates over the input and over the last output.
inline int32_t lstm_paired_unit(const UnidirectionalSequenceLstmParams& p, const int32_t* from_input,
                                const int32_t* from_state, const int16_t* table, int16_t& cell) {
  int32_t gate[4];
  MIRIM_UNROLL(4)
  for (int g = 0; g < 4; ++g) {
    gate[g] = saturated_to_int16(short_int16(from_input[g], p.input_multiplier[g], p.input_shift[g]) +
                                 short_int16(from_state[g], p.recurrent_multiplier[g], p.recurrent_shift[g]));
  }
  const int32_t kept = rescaled_by_15(gate_logistic(gate[1], table) * cell);  // less than 2^15
  const int32_t fresh =
      short_int16(2 * (gate_logistic(gate[0], table) * gate_tanh(3 * gate[2], table)), p.cell_multiplier, p.cell_shift);
  const bool clips = p.cell_clip < 32768;
  const int32_t content = clips ? clamp(kept + fresh, -p.cell_clip, p.cell_clip) : saturated_to_int16(kept + fresh);
  cell = static_cast<int16_t>(content);
  const int32_t half = p.tanh_shift > 0 ? 1 << (p.tanh_shift - 1) : 0;
  const int32_t squashed = gate_tanh((content * p.tanh_multiplier + half) >> p.tanh_shift, table);
  const int32_t h = squashed * gate_logistic(gate[3], table);
  return saturated_to_int8(short_rescaled(2 * h, p.output_multiplier, p.output_shift) + p.output_offset);
}

/// unidirectional_sequence_lstm with int8 activations. weights and recurrent: the rows of each unit's gates as
/// pack_paired_rows (mirim/offers/paired_rows_pack.hpp) has them; starts [2, units, 4]: twice the biases. table:
/// the 256 entries of sigmoid_int16.hpp less 2^15, and the last once more. Output over all of int8.
inline void unidirectional_sequence_lstm_paired(const UnidirectionalSequenceLstmParams& p, const int8_t* input,
                                                const uint32_t* weights, const uint32_t* recurrent,
                                                const int32_t* starts, const int16_t* table, uint32_t* scratch,
                                                int8_t* state, int16_t* cell, int8_t* output) {
  uint32_t* const last = scratch + paired_vector_bytes(p.inputs) / 4;
  int32_t* const sums = reinterpret_cast<int32_t*>(last + paired_vector_bytes(p.units) / 4);
  const int32_t steps = paired_vector_bytes(p.inputs) / 4, last_steps = paired_vector_bytes(p.units) / 4;
  for (int32_t b = 0; b < p.batches; ++b, state += p.units, cell += p.units) {
    for (int32_t t = 0; t < p.steps; ++t) {
      const int32_t at = p.time_major ? t * p.batches + b : b * p.steps + t;
      widen_vector(input + at * p.inputs, p.inputs, scratch);
      widen_vector(state, p.units, last);
      PairedSums of_input = {weights, scratch, steps, steps}, of_last = {recurrent, last, last_steps, last_steps};
      const int32_t* start = starts;
      int8_t* y = output + at * p.units;
      for (int32_t first = 0; first < p.units; first += kLstmUnitsTogether) {
        const int32_t units = min(p.units - first, kLstmUnitsTogether);
        paired_sums(of_input, 4 * units, start, sums);
        paired_sums(of_last, 4 * units, start + 4 * p.units, sums + 4 * kLstmUnitsTogether);
        of_input.weights += 2 * units * steps, of_last.weights += 2 * units * last_steps, start += 4 * units;
        for (int32_t u = 0; u < units; ++u) {
          const int32_t h =
              lstm_paired_unit(p, sums + 4 * u, sums + 4 * (kLstmUnitsTogether + u), table, cell[first + u]);
          y[first + u] = static_cast<int8_t>(h);
          state[first + u] = static_cast<int8_t>(h);  // whose old value is in `last`
        }
      }
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
