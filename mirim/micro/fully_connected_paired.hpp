// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/isa/paired_sums.hpp"
#include "mirim/micro/isa/short_rescale.hpp"
#include "mirim/micro/paired_vector.hpp"
#include "mirim/micro/requantize.hpp"
#include "mirim/micro/unroll.hpp"

/// An int8 fully connected layer with two outputs in one 16-bit lane: rows of isa/paired_sums.hpp, for which each row
/// of inputs is widened once. 0.89 instructions and 1.31 cycles a product, 1.6 an input, and about 14 an output. Of a
/// product half an instruction is SMLAD and a quarter SXTB16, and each weight is loaded once: 0.75 and what loads take
/// is the limit.
namespace mirim {
namespace micro {
inline namespace v0 {

/// input [batches, inputs], output [batches, outputs].
struct FullyConnectedPairedParams {
  int32_t batches;
  int32_t inputs;
  int32_t outputs;
  int32_t output_offset;  ///< the output's zero point
  int32_t activation_min;
  int32_t activation_max;
  int32_t piece;  ///< of a row of inputs: steps that are widened at a time, even; within the chunk of a lane
};

template <class V>
constexpr void fields(V&& v, const FullyConnectedPairedParams& p) {
  v("batches", p.batches);
  v("inputs", p.inputs);
  v("outputs", p.outputs);
  v("output_offset", p.output_offset);
  v("activation_min", p.activation_min);
  v("activation_max", p.activation_max);
  v("piece", p.piece);
}

/// What makes int8 of sums; kStride 1: a multiplier and a ShortRescale::right for each output; 0: one for all.
template <int kStride>
struct PairedOutputs {
  const int32_t* multiplier;
  const uint8_t* right;
  int32_t output_offset;

  /// `count` outputs from `first` on, of twice their sums.
  void finish(int32_t first, int32_t count, const int32_t* sums, int8_t* output) const {
    MIRIM_UNROLL(1)
    for (int32_t o = 0; o < count; ++o) {
      const int32_t channel = (first + o) * kStride;
      const ShortRescale rescale = ShortRescale::of(multiplier[channel], right[channel], output_offset);
      output[o] = static_cast<int8_t>(rescale.result(sums[o]));
    }
  }
};

/// Outputs whose sums are in scratch at a time.
constexpr int32_t kOutputsTogether = 32;

constexpr int32_t fully_connected_paired_scratch_bytes(const FullyConnectedPairedParams& p) {
  return paired_vector_bytes(p.inputs) + 4 * kOutputsTogether;
}

/// Of rows that are one piece. weights: the rows as pack_paired_rows (mirim/offers/paired_rows_pack.hpp) has them;
/// starts: for each row, those of 0 included, twice its bias and what the input's zero point adds.
template <int kStride>
inline void fully_connected_paired(const FullyConnectedPairedParams& p, const int8_t* input, const uint32_t* weights,
                                   const int32_t* starts, const int32_t* multiplier, const uint8_t* right,
                                   uint32_t* scratch, int8_t* output) {
  const PairedOutputs<kStride> outputs = {multiplier, right, p.output_offset};
  const int32_t steps = p.piece;
  int32_t* const sums = reinterpret_cast<int32_t*>(scratch + steps);
  for (int32_t b = 0; b < p.batches; ++b, input += p.inputs, output += p.outputs) {
    widen_vector(input, p.inputs, scratch);
    PairedSums rows = {weights, scratch, steps, steps};
    for (int32_t first = 0; first < p.outputs; first += kOutputsTogether) {
      const int32_t count = min(p.outputs - first, kOutputsTogether);
      paired_sums_of(rows, 0, steps, (count + 3) & ~3, starts + first, sums);
      rows.weights += kOutputsTogether / 2 * steps;
      outputs.finish(first, count, sums, output + first);
    }
    clamp_results(output, p.outputs, p.activation_min, p.activation_max);
  }
}

constexpr int32_t fully_connected_pieces_scratch_bytes(const FullyConnectedPairedParams& p) {
  return 4 * p.piece + 4 * ((p.outputs + 3) & ~3);
}

/// The same piece by piece, with all sums in scratch: for long rows, whose inputs would take much of it.
template <int kStride>
inline void fully_connected_paired_in_pieces(const FullyConnectedPairedParams& p, const int8_t* input,
                                             const uint32_t* weights, const int32_t* starts, const int32_t* multiplier,
                                             const uint8_t* right, uint32_t* scratch, int8_t* output) {
  const PairedOutputs<kStride> outputs = {multiplier, right, p.output_offset};
  const int32_t steps = paired_vector_bytes(p.inputs) / 4;
  int32_t* const sums = reinterpret_cast<int32_t*>(scratch + p.piece);
  for (int32_t b = 0; b < p.batches; ++b, input += p.inputs, output += p.outputs) {
    for (int32_t first = 0; first < steps; first += p.piece) {
      const int32_t count = min(steps - first, p.piece);
      widen_vector(input + 2 * first, min(p.inputs - 2 * first, 2 * count), scratch);
      for (int32_t o = 0; o < p.outputs; o += 4) {
        const PairedSums rows = {weights + o / 2 * steps + 2 * first, scratch, count, count};
        paired_sums_of(rows, 0, count, 4, (first == 0 ? starts : sums) + o, sums + o);
      }
    }
    outputs.finish(0, p.outputs, sums, output);
    clamp_results(output, p.outputs, p.activation_min, p.activation_max);
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
