// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/requantize.hpp"
#include "mirim/micro/window.hpp"

namespace mirim::micro {
inline namespace v0 {

/// input [batches, input_height, input_width, input_channels], weights [output_channels, filter_height, filter_width,
/// filter_channels], output [batches, output_height, output_width, output_channels].
/// input_channels / filter_channels is the number of groups; 1 but in grouped convolutions.
struct Conv2dParams {
  int32_t batches;
  int32_t input_height;
  int32_t input_width;
  int32_t input_channels;
  int32_t filter_height;
  int32_t filter_width;
  int32_t filter_channels;
  int32_t output_height;
  int32_t output_width;
  int32_t output_channels;
  int32_t stride_height;
  int32_t stride_width;
  int32_t dilation_height;
  int32_t dilation_width;
  int32_t padding_top;
  int32_t padding_left;
  int32_t input_offset;       ///< minus the input's zero point
  int32_t output_offset;      ///< the output's zero point
  int32_t multiplier_stride;  ///< 1: a multiplier and shift for each output channel; 0: one for all
  int32_t activation_min;
  int32_t activation_max;
};

template <class V>
constexpr void fields(V&& v, const Conv2dParams& p) {
  v("batches", p.batches);
  v("input_height", p.input_height);
  v("input_width", p.input_width);
  v("input_channels", p.input_channels);
  v("filter_height", p.filter_height);
  v("filter_width", p.filter_width);
  v("filter_channels", p.filter_channels);
  v("output_height", p.output_height);
  v("output_width", p.output_width);
  v("output_channels", p.output_channels);
  v("stride_height", p.stride_height);
  v("stride_width", p.stride_width);
  v("dilation_height", p.dilation_height);
  v("dilation_width", p.dilation_width);
  v("padding_top", p.padding_top);
  v("padding_left", p.padding_left);
  v("input_offset", p.input_offset);
  v("output_offset", p.output_offset);
  v("multiplier_stride", p.multiplier_stride);
  v("activation_min", p.activation_min);
  v("activation_max", p.activation_max);
}

/// output[b, y, x, o] = clamp(output_offset + requantize(bias[o] + sum over i, j, c of
///     weights[o, i, j, c] * (input[b, y * stride_height - padding_top + i * dilation_height,
///                                  x * stride_width - padding_left + j * dilation_width, group(o) + c] +
///                                  input_offset)))
/// where what lies outside the input adds nothing. bias may be null.
inline void conv2d(const Conv2dParams& p, const int8_t* input, const int8_t* weights, const int32_t* bias,
                   const int32_t* multiplier, const int32_t* shift, int8_t* output) {
  const int32_t groups = p.input_channels / p.filter_channels;
  const int32_t outputs_per_group = p.output_channels / groups;
  const int32_t filter_row = p.filter_width * p.filter_channels;
  const int32_t input_row = p.input_width * p.input_channels;
  for (int32_t b = 0; b < p.batches; ++b) {
    const int8_t* image = input + b * p.input_height * input_row;
    for (int32_t y = 0; y < p.output_height; ++y) {
      const int32_t top = y * p.stride_height - p.padding_top;
      const TapRange rows = taps_inside(top, p.filter_height, p.dilation_height, p.input_height);
      for (int32_t x = 0; x < p.output_width; ++x) {
        const int32_t left = x * p.stride_width - p.padding_left;
        const TapRange columns = taps_inside(left, p.filter_width, p.dilation_width, p.input_width);
        const int8_t* filter = weights;
        for (int32_t o = 0; o < p.output_channels; ++o) {
          const int32_t first_channel = o / outputs_per_group * p.filter_channels;
          int32_t sum = bias ? bias[o] : 0;
          for (int32_t i = rows.begin; i < rows.end; ++i) {
            const int8_t* image_row = image + (top + i * p.dilation_height) * input_row + first_channel;
            for (int32_t j = columns.begin; j < columns.end; ++j) {
              const int8_t* pixel = image_row + (left + j * p.dilation_width) * p.input_channels;
              const int8_t* tap = filter + i * filter_row + j * p.filter_channels;
              for (int32_t c = 0; c < p.filter_channels; ++c) sum += tap[c] * (pixel[c] + p.input_offset);
            }
          }
          filter += p.filter_height * filter_row;
          const int32_t channel = o * p.multiplier_stride;
          sum = p.output_offset + multiply_by_quantized_multiplier(sum, multiplier[channel], shift[channel]);
          *output++ = static_cast<int8_t>(clamp(sum, p.activation_min, p.activation_max));
        }
      }
    }
  }
}

}  // namespace v0
}  // namespace mirim::micro
