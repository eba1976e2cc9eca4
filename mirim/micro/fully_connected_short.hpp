// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/isa/short_rescale.hpp"
#include "mirim/micro/requantize.hpp"
#include "mirim/micro/simd32.hpp"
#include "mirim/micro/unroll.hpp"

/// A small int8 fully connected layer: two outputs at a time share the widened inputs, and the short rescaling finishes
/// them. 15 instructions for eight products and about 40 for two outputs, in 300 bytes of code; larger layers are worth
/// more of it (fully_connected_paired.hpp). The input's zero point is in the starts.
namespace mirim {
namespace micro {
inline namespace v0 {

/// input [batches, inputs], weights [outputs, inputs], output [batches, outputs].
struct FullyConnectedShortParams {
  int32_t batches;
  int32_t inputs;
  int32_t outputs;
  int32_t output_offset;      ///< the output's zero point
  int32_t multiplier_stride;  ///< 1: a multiplier and shift for each output; 0: one for all
  int32_t activation_min;
  int32_t activation_max;
};

template <class V>
constexpr void fields(V&& v, const FullyConnectedShortParams& p) {
  v("batches", p.batches);
  v("inputs", p.inputs);
  v("outputs", p.outputs);
  v("output_offset", p.output_offset);
  v("multiplier_stride", p.multiplier_stride);
  v("activation_min", p.activation_min);
  v("activation_max", p.activation_max);
}

/// bias [outputs]; multiplier and right are indexed by multiplier_stride, right is ShortRescale::right.
inline void fully_connected_short(const FullyConnectedShortParams& p, const int8_t* input, const int8_t* weights,
                                  const int32_t* bias, const int32_t* multiplier, const uint8_t* right,
                                  int8_t* output) {
  for (int32_t b = 0; b < p.batches; ++b, input += p.inputs, output += p.outputs) {
    const int8_t* first = weights;
    for (int32_t o = 0; o < p.outputs; o += 2) {
      // An output that has no second is computed twice.
      const int32_t together = o + 1 < p.outputs ? 1 : 0;
      const int8_t* x = input;
      int32_t sums[2] = {bias[o], bias[o + together]};
      const int32_t row = together * p.inputs;
      MIRIM_UNROLL(1)
      for (int32_t i = p.inputs / 4; i > 0; --i, x += 4, first += 4) {
        const uint32_t four = load_word(x), even = even_bytes(four), odd = odd_bytes(four);
        const uint32_t a = load_word(first), c = load_word(first + row);
        sums[0] = add_products(add_products(sums[0], even_bytes(a), even), odd_bytes(a), odd);
        sums[1] = add_products(add_products(sums[1], even_bytes(c), even), odd_bytes(c), odd);
      }
      MIRIM_UNROLL(1)
      for (int32_t i = p.inputs & 3; i > 0; --i, ++x, ++first) {
        sums[0] += *first * *x;
        sums[1] += first[row] * *x;
      }
      first += row;
      MIRIM_UNROLL(1)
      for (int32_t k = together; k >= 0; --k) {
        const int32_t channel = (o + k) * p.multiplier_stride;
        const ShortRescale rescale = ShortRescale::of(multiplier[channel], right[channel], p.output_offset);
        output[o + k] = static_cast<int8_t>(rescale.result(2 * sums[k]));
      }
    }
    clamp_results(output, p.outputs, p.activation_min, p.activation_max);
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
