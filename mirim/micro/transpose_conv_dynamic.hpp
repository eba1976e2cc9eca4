// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/dynamic_quantize.hpp"
#include "mirim/micro/transpose_conv.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// transpose_conv with float activations and int8 weights: each image is first quantized to `quantized` with a zero
/// point. Each product becomes a float before it is added, as in TensorFlow Lite's reference kernel. weights_scale is
/// indexed by multiplier_stride, bias may be null, activation is {least, most}. Of p only geometry and
/// multiplier_stride are used.
inline void transpose_conv_dynamic(const TransposeConvParams& p, const float* input, const int8_t* weights,
                                   const float* bias, const float* weights_scale, const float* activation,
                                   int8_t* quantized, float* output) {
  const int32_t image_size = p.input_height * p.input_width * p.input_channels;
  TransposeConvParams one = p;
  one.batches = 1;
  for (int32_t b = 0; b < p.batches; ++b, input += image_size) {
    const DynamicScale in = quantize_asymmetric(input, image_size, quantized);
    for_each_transposed(one, static_cast<const int8_t*>(quantized), weights, [&](int32_t o, const auto& for_each_tap) {
      const float scale = weights_scale[o * p.multiplier_stride];
      float sum = 0;
      for_each_tap([&](const int8_t* pixel, const int8_t* tap) {
        for (int32_t c = 0; c < p.input_channels; ++c) {
          sum += static_cast<float>(tap[c] * (pixel[c] - in.zero_point)) * scale * in.scale;
        }
      });
      if (bias) sum += bias[o];
      *output++ = sum < activation[0] ? activation[0] : sum > activation[1] ? activation[1] : sum;
    });
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
