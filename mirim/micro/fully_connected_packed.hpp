// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/fully_connected.hpp"
#include "mirim/micro/packed_rows.hpp"

/// fully_connected.hpp with weights of 4 or 2 bits in the order of packed_rows.hpp.
namespace mirim {
namespace micro {
inline namespace v0 {

/// fully_connected for int8 and int16 activations. With `once` sums, which then fit 32 bits, are rounded as LiteRT
/// does: it is the judge of what tflite-micro refuses.
template <int kBits, bool once, class Activation, class Bias>
inline void fully_connected_packed(const FullyConnectedParams& p, const Activation* input, const uint32_t* weights,
                                   const Bias* bias, const int32_t* multiplier, const int32_t* shift,
                                   Activation* output) {
  using Sum = typename SumOf<Activation>::Type;
  for (int32_t b = 0; b < p.batches; ++b, input += p.inputs, output += p.outputs) {
    for_each_packed_row<kBits>(input, p.inputs, p.input_offset, weights, p.outputs, [&](int32_t o, Sum sum) {
      const Sum start = bias ? bias[o] : 0;
      output[o] =
          once ? fully_connected_rounded_once<Activation>(p, static_cast<int32_t>(start + sum), o, multiplier, shift)
               : fully_connected_result<Activation>(p, bias, start + sum, o, multiplier, shift);
    });
  }
}

/// fully_connected_dynamic.
template <int kBits, bool asymmetric>
inline void fully_connected_packed_dynamic(const FullyConnectedParams& p, const float* input, const uint32_t* weights,
                                           const float* bias, const float* weights_scale, const float* activation,
                                           int8_t* quantized, float* output) {
  for (int32_t b = 0; b < p.batches; ++b, input += p.inputs, output += p.outputs) {
    const DynamicScale in =
        asymmetric ? quantize_asymmetric(input, p.inputs, quantized) : quantize_symmetric(input, p.inputs, quantized);
    const int8_t* const row = quantized;
    for_each_packed_row<kBits>(row, p.inputs, -in.zero_point, weights, p.outputs, [&](int32_t o, int32_t sum) {
      const float scale = weights_scale[o * p.multiplier_stride];
      output[o] = dynamic_result(sum, dynamic_rescale(scale, in.scale, false, bias, o), activation);
    });
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
