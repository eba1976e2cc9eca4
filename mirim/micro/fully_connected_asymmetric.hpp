// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/fully_connected.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// Int8Channels whose sums all begin with `more`.
struct Int8ChannelsPlus : Int8Channels {
  int32_t more;
  Int8ChannelsPlus(const Int8Channels& channels, int32_t first) : Int8Channels(channels), more(first) {}
  int32_t start(int32_t ahead) const { return Int8Channels::start(ahead) + more; }
};

/// fully_connected of int8 whose weights have a zero point, as activations do that serve as weights: weights_offset
/// times the sum of a row's inputs is the same for all outputs.
inline void fully_connected_asymmetric(const FullyConnectedParams& p, const int8_t* input, const int8_t* weights,
                                       const int32_t* bias, const int32_t* multiplier, const int32_t* shift,
                                       int8_t* output) {
  for (int32_t b = 0; b < p.batches; ++b, input += p.inputs, output += p.outputs) {
    int32_t more = p.inputs * p.input_offset;
    for (int32_t i = 0; i < p.inputs; ++i) more += input[i];
    more *= p.weights_offset;
    if (kSimd32) {
      const Int8ChannelsPlus channels(Int8Channels::of(p, bias, multiplier, shift), more);
      fully_connected_by_simd32(p, input, p.input_offset, weights, channels, output);
      continue;
    }
    const int8_t* row = weights;
    for (int32_t o = 0; o < p.outputs; ++o, row += p.inputs) {
      int32_t sum = (bias ? bias[o] : 0) + more;
      for (int32_t i = 0; i < p.inputs; ++i) sum += row[i] * (input[i] + p.input_offset);
      output[o] = fully_connected_result<int8_t>(p, bias, sum, o, multiplier, shift);
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
