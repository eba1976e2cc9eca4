// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/dynamic_quantize.hpp"
#include "mirim/micro/packed_rows.hpp"

/// Fully connected layers with float activations whose weights, of 4 or 2 bits, have a scale for each block of inputs.
namespace mirim {
namespace micro {
inline namespace v0 {

/// input [batches, inputs], weights [outputs, inputs], output [batches, outputs]; `block` divides the inputs.
struct FullyConnectedBlocksParams {
  int32_t batches;
  int32_t inputs;
  int32_t outputs;
  int32_t block;
};

template <class V>
constexpr void fields(V&& v, const FullyConnectedBlocksParams& p) {
  v("batches", p.batches);
  v("inputs", p.inputs);
  v("outputs", p.outputs);
  v("block", p.block);
}

/// round(x), ties to even, |x| at most 1000; 0 for NaN.
inline int32_t round_to_even(float x) {
  const float near = x > 1000.0F ? 1000.0F : x < -1000.0F ? -1000.0F : x == x ? x : 0.0F;
  const int32_t down = static_cast<int32_t>(near + 1024.0F) - 1024;
  const float rest = near - static_cast<float>(down);
  return rest > 0.5F || (rest == 0.5F && (down & 1)) ? down + 1 : down;
}

/// The range becomes -128 ... 127: x is zero_point + round_to_even(x * inverse) steps of scale.scale. XNNPACK's
/// arithmetic, which is LiteRT's for such layers; asymmetric_steps is that of its reference kernels.
inline DynamicSteps steps_to_even(FloatRange range) {
  const float inverse = range.least == range.most ? 1.0F : 255.0F / (range.most - range.least);
  const float least = range.least * inverse, most = range.most * inverse;
  const float point = (-128.0F + least) + (127.0F + most) > 0 ? -128.0F - least : 127.0F - most;
  const int32_t zero_point = round_to_even(point < -128.0F ? -128.0F : point > 127.0F ? 127.0F : point);
  return {{1.0F / inverse, zero_point}, inverse, -128};
}

inline DynamicScale quantize_to_even(const float* input, int32_t count, int8_t* output) {
  const DynamicSteps steps = steps_to_even(range_with_zero(input, count));
  for (int32_t i = 0; i < count; ++i) {
    const int32_t step = round_to_even(input[i] * steps.inverse) + steps.scale.zero_point;
    output[i] = static_cast<int8_t>(clamp(step, -128, 127));
  }
  return steps.scale;
}

/// output[b, o] = clamp(bias[o] + scale of the row * sum over blocks k of scale[o, k] * sum over i in k of weights[o,
/// i]
/// * (quantized[b, i] - zero point)). Weights: for each four outputs its blocks one after the other, each in the order
/// of packed_rows.hpp. block_scale: for each four outputs and each block four numbers. `scratch` has room for an int32
/// for each block, then for a row of int8. bias may be null, activation is {least, most}.
template <int kBits>
inline void fully_connected_blocks(const FullyConnectedBlocksParams& p, const float* input, const uint32_t* weights,
                                   const float* bias, const float* block_scale, const float* activation,
                                   int32_t* scratch, float* output) {
  const int32_t blocks = p.inputs / p.block;
  auto* const quantized = reinterpret_cast<int8_t*>(scratch + blocks);
  for (int32_t b = 0; b < p.batches; ++b, input += p.inputs, output += p.outputs) {
    const DynamicScale in = quantize_to_even(input, p.inputs, quantized);
    const int32_t offset = -in.zero_point;
    for (int32_t k = 0; k < blocks; ++k) scratch[k] = sum_of_inputs(quantized + k * p.block, p.block, offset);
    const uint32_t* packed = weights;
    const float* scale = block_scale;
    for (int32_t o = 0; o < p.outputs; o += 4) {
      float of[4] = {0, 0, 0, 0};
      for (int32_t k = 0; k < blocks; ++k, scale += 4, packed += packed_words<kBits>(p.block)) {
        const FourSums sums = packed_sums<kBits>(static_cast<const int8_t*>(quantized + k * p.block), p.block, offset,
                                                 scratch[k], packed);
        for (int f = 0; f < 4; ++f) of[f] += static_cast<float>(sums.of[f]) * scale[f];
      }
      for (int32_t f = 0; f < 4 && o + f < p.outputs; ++f) {
        const float y = of[f] * in.scale + (bias ? bias[o + f] : 0.0F);
        output[o + f] = y < activation[0] ? activation[0] : y > activation[1] ? activation[1] : y;
      }
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
