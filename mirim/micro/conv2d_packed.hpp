// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/conv2d.hpp"
#include "mirim/micro/packed_rows.hpp"

/// conv2d.hpp with weights of 4 or 2 bits in the order of packed_rows.hpp, the filters of each group filled up to a
/// multiple of four. The inputs of an output pixel are gathered in a column, then multiplied with all filters.
namespace mirim {
namespace micro {
inline namespace v0 {

/// Calls finish(pixel, o, sum) for each output of an image, where pixel counts its output pixels. `zero` is the input
/// that stands for 0, minus `offset`; `column` has room for the inputs under a filter.
template <int kBits, class Activation, class Finish>
inline void for_each_packed_filter(const Conv2dParams& p, const Activation* image, int32_t offset,
                                   const uint32_t* weights, Activation* column, Finish finish) {
  const int32_t groups = p.input_channels / p.filter_channels, filters = p.output_channels / groups;
  const int32_t size = p.filter_height * p.filter_width * p.filter_channels;
  const auto zero = static_cast<Activation>(-offset);
  const Activation* const gathered = column;
  int32_t pixel = 0;
  for (int32_t y = 0; y < p.output_height; ++y) {
    const int32_t top = y * p.stride_height - p.padding_top;
    for (int32_t x = 0; x < p.output_width; ++x, ++pixel) {
      const int32_t left = x * p.stride_width - p.padding_left;
      const Conv2dWindow window = {(top * p.input_width + left) * p.input_channels,
                                   taps_inside(top, p.filter_height, p.dilation_height, p.input_height),
                                   taps_inside(left, p.filter_width, p.dilation_width, p.input_width)};
      const uint32_t* of_group = weights;
      for (int32_t g = 0; g < groups; ++g, of_group += (filters + 3) / 4 * packed_words<kBits>(size)) {
        for (int32_t i = 0; i < size; ++i) column[i] = zero;
        for_each_run(p, window, image + g * p.filter_channels, gathered,
                     [&](const Activation* from, const Activation* to, int32_t count) {
                       Activation* const at = column + (to - gathered);
                       for (int32_t c = 0; c < count; ++c) at[c] = from[c];
                     });
        const int32_t first = g * filters;
        for_each_packed_row<kBits>(
            gathered, size, offset, of_group, filters,
            [&](int32_t o, typename SumOf<Activation>::Type sum) { finish(pixel, first + o, sum); });
      }
    }
  }
}

/// conv2d for int8 and int16 activations.
template <int kBits, class Activation, class Bias>
inline void conv2d_packed(const Conv2dParams& p, const Activation* input, const uint32_t* weights, const Bias* bias,
                          const int32_t* multiplier, const int32_t* shift, Activation* column, Activation* output) {
  using Sum = typename SumOf<Activation>::Type;
  for (int32_t b = 0; b < p.batches; ++b) {
    for_each_packed_filter<kBits>(p, input, p.input_offset, weights, column, [&](int32_t pixel, int32_t o, Sum sum) {
      const Sum start = bias ? bias[o] : 0;
      output[pixel * p.output_channels + o] =
          requantized_channel<Activation>(p, bias, start + sum, o, multiplier, shift);
    });
    input += p.input_height * p.input_width * p.input_channels;
    output += p.output_height * p.output_width * p.output_channels;
  }
}

/// conv2d_dynamic. `scratch` has room for an image and a column.
template <int kBits>
inline void conv2d_packed_dynamic(const Conv2dParams& p, const float* input, const uint32_t* weights, const float* bias,
                                  const float* weights_scale, const float* activation, int8_t* scratch, float* output) {
  const int32_t image_size = p.input_height * p.input_width * p.input_channels;
  const bool per_channel = p.multiplier_stride != 0;
  for (int32_t b = 0; b < p.batches; ++b) {
    const DynamicScale in =
        per_channel ? quantize_asymmetric(input, image_size, scratch) : quantize_symmetric(input, image_size, scratch);
    const int8_t* const image = scratch;
    for_each_packed_filter<kBits>(
        p, image, -in.zero_point, weights, scratch + image_size, [&](int32_t pixel, int32_t o, int32_t sum) {
          const float scale = weights_scale[o * p.multiplier_stride];
          output[pixel * p.output_channels + o] =
              dynamic_result(sum, dynamic_rescale(scale, in.scale, per_channel, bias, o), activation);
        });
    input += image_size;
    output += p.output_height * p.output_width * p.output_channels;
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
