// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/isa/paired_sums.hpp"
#include "mirim/micro/isa/saturate.hpp"
#include "mirim/micro/isa/short_rescale.hpp"
#include "mirim/micro/paired_vector.hpp"
#include "mirim/micro/requantize.hpp"

/// SVDF with two filters in one 16-bit lane.
///
/// The products with the input are rows of isa/paired_sums.hpp, 0.9 instructions each; sums are finished for 32 filters
/// at a time. A filter's memory moves one step and is weighed in the same pass: a word is loaded one step on, stored
/// and multiplied. That is 2 instructions a product; a memory that is a ring would need no store, but another order of
/// the weights each time. The zero points are in the sums' starts and in the bias.
namespace mirim {
namespace micro {
inline namespace v0 {

/// As SvdfParams, without the zero point of the input.
struct SvdfPairedParams {
  int32_t batches;
  int32_t inputs;
  int32_t units;
  int32_t rank;
  int32_t memory;
  int32_t state_zero_point;
  int32_t state_multiplier;
  int32_t state_shift;  ///< in [-30, -1]
  int32_t output_multiplier;
  int32_t output_shift;
  int32_t output_offset;
  int32_t chunk;  ///< of PairedSums
};

template <class V>
constexpr void fields(V&& v, const SvdfPairedParams& p) {
  v("batches", p.batches);
  v("inputs", p.inputs);
  v("units", p.units);
  v("rank", p.rank);
  v("memory", p.memory);
  v("state_zero_point", p.state_zero_point);
  v("state_multiplier", p.state_multiplier);
  v("state_shift", p.state_shift);
  v("output_multiplier", p.output_multiplier);
  v("output_shift", p.output_shift);
  v("output_offset", p.output_offset);
  v("chunk", p.chunk);
}

/// Filters whose sums are in scratch at a time.
constexpr int32_t kSvdfFiltersTogether = 32;

constexpr int32_t svdf_paired_scratch_bytes(const SvdfPairedParams& p) {
  return paired_vector_bytes(p.inputs) + 4 * kSvdfFiltersTogether;
}

inline int16_t saturated_state(int32_t x, int16_t) { return static_cast<int16_t>(saturated_to_int16(x)); }
inline int8_t saturated_state(int32_t x, int8_t) { return static_cast<int8_t>(saturated_to_int8(x)); }

/// The word of `from` goes to `to`; sum plus its products with `weights`.
inline int32_t move_and_weigh(int32_t sum, const int16_t* from, const int16_t* weights, int16_t* to) {
  const uint32_t two = load_word(from);
  __builtin_memcpy(to, &two, sizeof two);
  return add_products(sum, two, load_word(weights));
}
inline int32_t move_and_weigh(int32_t sum, const int8_t* from, const int8_t* weights, int8_t* to) {
  const uint32_t four = load_word(from), of_weights = load_word(weights);
  __builtin_memcpy(to, &four, sizeof four);
  sum = add_products(sum, even_bytes(four), even_bytes(of_weights));
  return add_products(sum, odd_bytes(four), odd_bytes(of_weights));
}

/// Moves a memory by one step and takes in the newest; sum plus the products with `weights`, which wraps around.
template <class State>
inline int32_t push_and_weigh(int32_t sum, State* state, const State* weights, int32_t memory, State newest) {
  constexpr int32_t kTogether = 4 / static_cast<int32_t>(sizeof(State));
  MIRIM_UNROLL(2)
  for (; memory > kTogether; memory -= kTogether, state += kTogether, weights += kTogether) {
    sum = move_and_weigh(sum, state + 1, weights, state);
  }
  MIRIM_UNROLL(1)
  for (; memory > 1; --memory, ++state, ++weights) {
    *state = state[1];
    sum = wrapping_add(sum, *weights * *state);
  }
  *state = newest;
  return wrapping_add(sum, *weights * newest);
}

/// svdf. feature: its rows as pack_paired_rows (mirim/offers/paired_rows_pack.hpp) has them; starts: for each row,
/// those of 0 included, twice what the input's zero point adds; time [filters, memory]; bias [units] less what the zero
/// point of the state adds.
template <class State>
inline void svdf_paired(const SvdfPairedParams& p, const int8_t* input, const uint32_t* feature, const int32_t* starts,
                        const State* time, const int32_t* bias, State* state, uint32_t* scratch, int8_t* output) {
  const int32_t steps = paired_vector_bytes(p.inputs) / 4, filters = p.units * p.rank;
  int32_t* const sums = reinterpret_cast<int32_t*>(scratch + steps);
  for (int32_t b = 0; b < p.batches; ++b, input += p.inputs) {
    widen_vector(input, p.inputs, scratch);
    PairedSums rows = {feature, scratch, steps, p.chunk};
    const State* weights = time;
    int32_t unit = 0, rank = p.rank, total = bias[0];
    for (int32_t first = 0; first < filters; first += kSvdfFiltersTogether) {
      const int32_t count = min(filters - first, kSvdfFiltersTogether);
      paired_sums(rows, (count + 3) & ~3, starts + first, sums);
      rows.weights += kSvdfFiltersTogether / 2 * steps;
      for (int32_t f = 0; f < count; ++f, state += p.memory, weights += p.memory) {
        const ShortRescale r = ShortRescale::of(p.state_multiplier, ~p.state_shift, 0);
        const int32_t product = add_rounded_high_product(r.start + (sums[f] >> 31), sums[f], r.multiplier);
        const State newest = saturated_state((product >> (r.right + 1)) + p.state_zero_point, State{});
        total = push_and_weigh(total, state, weights, p.memory, newest);
        if (--rank > 0) continue;
        *output++ = static_cast<int8_t>(
            saturated_to_int8(rescaled(total, p.output_multiplier, p.output_shift) + p.output_offset));
        rank = p.rank;
        if (++unit < p.units) total = bias[unit];
      }
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
