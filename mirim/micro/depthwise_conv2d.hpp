// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/bounded.hpp"
#include "mirim/micro/dynamic_quantize.hpp"
#include "mirim/micro/requantize.hpp"
#include "mirim/micro/window.hpp"

namespace mirim::micro {
inline namespace v0 {

/// input [batches, input_height, input_width, input_channels], weights [1, filter_height, filter_width,
/// output_channels], output [batches, output_height, output_width, output_channels], where output_channels =
/// input_channels * depth_multiplier.
struct DepthwiseConv2dParams {
  int32_t batches;
  int32_t input_height;
  int32_t input_width;
  int32_t input_channels;
  int32_t filter_height;
  int32_t filter_width;
  int32_t depth_multiplier;
  int32_t output_height;
  int32_t output_width;
  int32_t stride_height;
  int32_t stride_width;
  int32_t dilation_height;
  int32_t dilation_width;
  int32_t padding_top;
  int32_t padding_left;
  int32_t input_offset;       ///< minus the input's zero point
  int32_t weights_offset;     ///< minus the weights' zero point, uint8 only
  int32_t output_offset;      ///< the output's zero point
  int32_t multiplier_stride;  ///< 1: a multiplier and shift for each output channel; 0: one for all
  int32_t activation_min;
  int32_t activation_max;
};

template <class V>
constexpr void fields(V&& v, const DepthwiseConv2dParams& p) {
  v("batches", p.batches);
  v("input_height", p.input_height);
  v("input_width", p.input_width);
  v("input_channels", p.input_channels);
  v("filter_height", p.filter_height);
  v("filter_width", p.filter_width);
  v("depth_multiplier", p.depth_multiplier);
  v("output_height", p.output_height);
  v("output_width", p.output_width);
  v("stride_height", p.stride_height);
  v("stride_width", p.stride_width);
  v("dilation_height", p.dilation_height);
  v("dilation_width", p.dilation_width);
  v("padding_top", p.padding_top);
  v("padding_left", p.padding_left);
  v("input_offset", p.input_offset);
  v("weights_offset", p.weights_offset);
  v("output_offset", p.output_offset);
  v("multiplier_stride", p.multiplier_stride);
  v("activation_min", p.activation_min);
  v("activation_max", p.activation_max);
}

/// With o = c * depth_multiplier + m:
/// output[b, y, x, o] = clamp(output_offset + requantize(bias[o] + sum over i, j of
///     (weights[0, i, j, o] + weights_offset) * (input[b, y * stride_height - padding_top + i * dilation_height,
///                                  x * stride_width - padding_left + j * dilation_width, c] + input_offset)))
/// where what lies outside the input adds nothing. bias may be null. Activation is int8, uint8 or int16, the last with
/// a bias of int64. Four output channels at a time share the way to the pixels: on a Cortex-M4 that halves the
/// instructions.
template <class Activation, class Weights, class Bias>
inline void depthwise_conv2d(const DepthwiseConv2dParams& p, const Activation* input, const Weights* weights,
                             const Bias* bias, const int32_t* multiplier, const int32_t* shift, Activation* output) {
  using Sum = typename SumOf<Activation>::Type;
  const int32_t outputs = p.input_channels * p.depth_multiplier;
  const int32_t row_step = p.dilation_height * p.input_width * p.input_channels;
  const int32_t column_step = p.dilation_width * p.input_channels;
  const int32_t offset = p.input_offset;
  const int32_t to_weight = weights_offset<Weights>(p);
  for (int32_t b = 0; b < p.batches; ++b) {
    for (int32_t y = 0; y < p.output_height; ++y) {
      const int32_t top = y * p.stride_height - p.padding_top;
      const TapRange rows = taps_inside(top, p.filter_height, p.dilation_height, p.input_height);
      for (int32_t x = 0; x < p.output_width; ++x) {
        const int32_t left = x * p.stride_width - p.padding_left;
        const TapRange columns = taps_inside(left, p.filter_width, p.dilation_width, p.input_width);
        const int32_t corner = ((b * p.input_height + top) * p.input_width + left) * p.input_channels;
        int32_t channel = 0;
        int32_t same = 0;  // how many outputs of `channel` are done
        for (int32_t o = 0; o < outputs;) {
          const bool four = p.depth_multiplier == 1 && outputs - o >= 4;
          Sum sum0 = bias ? bias[o] : 0;
          Sum sum1 = bias && four ? bias[o + 1] : 0;
          Sum sum2 = bias && four ? bias[o + 2] : 0;
          Sum sum3 = bias && four ? bias[o + 3] : 0;
          for (int32_t i = rows.begin; i < rows.end; ++i) {
            int32_t at = corner + i * row_step + columns.begin * column_step + channel;
            const Weights* tap = weights + (i * p.filter_width + columns.begin) * outputs + o;
            if (four) {
              for (int32_t j = columns.begin; j < columns.end; ++j, at += column_step, tap += outputs) {
                const Activation* pixel = input + at;
                sum0 += (tap[0] + to_weight) * (pixel[0] + offset);
                sum1 += (tap[1] + to_weight) * (pixel[1] + offset);
                sum2 += (tap[2] + to_weight) * (pixel[2] + offset);
                sum3 += (tap[3] + to_weight) * (pixel[3] + offset);
              }
            } else {
              for (int32_t j = columns.begin; j < columns.end; ++j, at += column_step, tap += outputs) {
                sum0 += (*tap + to_weight) * (input[at] + offset);
              }
            }
          }
          output[0] = requantized_channel<Activation>(p, bias, sum0, o, multiplier, shift);
          if (four) {
            output[1] = requantized_channel<Activation>(p, bias, sum1, o + 1, multiplier, shift);
            output[2] = requantized_channel<Activation>(p, bias, sum2, o + 2, multiplier, shift);
            output[3] = requantized_channel<Activation>(p, bias, sum3, o + 3, multiplier, shift);
          }
          const int32_t done = four ? 4 : 1;
          o += done, output += done;
          same += done;
          if (same >= p.depth_multiplier) {
            channel += same / p.depth_multiplier;
            same = 0;
          }
        }
      }
    }
  }
}

/// The same with float activations and int8 weights: each image is quantized on its way in, to `quantized`.
/// weights_scale is indexed by multiplier_stride, activation is {least, most}; of p's numbers about integers no other
/// counts.
inline void depthwise_conv2d_dynamic(const DepthwiseConv2dParams& p, const float* input, const int8_t* weights,
                                     const float* bias, const float* weights_scale, const float* activation,
                                     int8_t* quantized, float* output) {
  const int32_t outputs = p.input_channels * p.depth_multiplier;
  const int32_t image_size = p.input_height * p.input_width * p.input_channels;
  for (int32_t b = 0; b < p.batches; ++b, input += image_size) {
    const DynamicScale in = quantize_asymmetric(input, image_size, quantized);
    for (int32_t y = 0; y < p.output_height; ++y) {
      const int32_t top = y * p.stride_height - p.padding_top;
      const TapRange rows = taps_inside(top, p.filter_height, p.dilation_height, p.input_height);
      for (int32_t x = 0; x < p.output_width; ++x) {
        const int32_t left = x * p.stride_width - p.padding_left;
        const TapRange columns = taps_inside(left, p.filter_width, p.dilation_width, p.input_width);
        for (int32_t o = 0; o < outputs; ++o) {
          int32_t sum = 0;
          for (int32_t i = rows.begin; i < rows.end; ++i) {
            const int32_t row = (top + i * p.dilation_height) * p.input_width + left;
            for (int32_t j = columns.begin; j < columns.end; ++j) {
              const int32_t at = (row + j * p.dilation_width) * p.input_channels + o / p.depth_multiplier;
              sum += weights[(i * p.filter_width + j) * outputs + o] * (quantized[at] - in.zero_point);
            }
          }
          *output++ = dynamic_result(sum, weights_scale[o * p.multiplier_stride] * in.scale, bias, o, activation);
        }
      }
    }
  }
}

/// The same with floats throughout: output = clamp(sum + bias). activation is {least, most}; p's numbers about integers
/// do not count.
inline void depthwise_conv2d_float(const DepthwiseConv2dParams& p, const float* input, const float* weights,
                                   const float* bias, const float* activation, float* output) {
  const int32_t outputs = p.input_channels * p.depth_multiplier;
  const int32_t row_step = p.dilation_height * p.input_width * p.input_channels;
  const int32_t column_step = p.dilation_width * p.input_channels;
  for (int32_t b = 0; b < p.batches; ++b) {
    for (int32_t y = 0; y < p.output_height; ++y) {
      const int32_t top = y * p.stride_height - p.padding_top;
      const TapRange rows = taps_inside(top, p.filter_height, p.dilation_height, p.input_height);
      for (int32_t x = 0; x < p.output_width; ++x) {
        const int32_t left = x * p.stride_width - p.padding_left;
        const TapRange columns = taps_inside(left, p.filter_width, p.dilation_width, p.input_width);
        const int32_t corner = ((b * p.input_height + top) * p.input_width + left) * p.input_channels;
        for (int32_t o = 0; o < outputs; ++o) {
          float sum = 0;
          for (int32_t i = rows.begin; i < rows.end; ++i) {
            int32_t at = corner + i * row_step + columns.begin * column_step + o / p.depth_multiplier;
            const float* tap = weights + (i * p.filter_width + columns.begin) * outputs + o;
            for (int32_t j = columns.begin; j < columns.end; ++j, at += column_step, tap += outputs) {
              sum += *tap * input[at];
            }
          }
          *output++ = bounded(sum + (bias ? bias[o] : 0.0F), activation);
        }
      }
    }
  }
}

}  // namespace v0
}  // namespace mirim::micro
