// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/requantize.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// input [batches, input_height, input_width, input_channels], weights [output_channels, filter_height, filter_width,
/// input_channels], output [batches, output_height, output_width, output_channels].
struct TransposeConvParams {
  int32_t batches;
  int32_t input_height;
  int32_t input_width;
  int32_t input_channels;
  int32_t filter_height;
  int32_t filter_width;
  int32_t output_height;
  int32_t output_width;
  int32_t output_channels;
  int32_t stride_height;
  int32_t stride_width;
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
constexpr void fields(V&& v, const TransposeConvParams& p) {
  v("batches", p.batches);
  v("input_height", p.input_height);
  v("input_width", p.input_width);
  v("input_channels", p.input_channels);
  v("filter_height", p.filter_height);
  v("filter_width", p.filter_width);
  v("output_height", p.output_height);
  v("output_width", p.output_width);
  v("output_channels", p.output_channels);
  v("stride_height", p.stride_height);
  v("stride_width", p.stride_width);
  v("padding_top", p.padding_top);
  v("padding_left", p.padding_left);
  v("input_offset", p.input_offset);
  v("weights_offset", p.weights_offset);
  v("output_offset", p.output_offset);
  v("multiplier_stride", p.multiplier_stride);
  v("activation_min", p.activation_min);
  v("activation_max", p.activation_max);
}

/// The inputs that reach one output along an axis: input `last` through tap `tap`, the one before it through tap
/// + stride, and so on, `count` of them.
struct TransposedTaps {
  int32_t tap;
  int32_t last;
  int32_t count;
};

/// Input i through tap k reaches output i * stride + k, which is `position` = output + padding.
constexpr TransposedTaps transposed_taps(int32_t position, int32_t stride, int32_t filter, int32_t inputs) {
  int32_t last = position / stride;
  int32_t tap = position - last * stride;
  if (last >= inputs) {  // past the input: the first tap that reaches back to it
    tap += (last - inputs + 1) * stride;
    last = inputs - 1;
  }
  const int32_t taps = tap < filter ? (filter - 1 - tap) / stride + 1 : 0;
  return {tap, last, min(taps, last + 1)};
}

/// For each output in order, calls f(o, for_each_tap). for_each_tap(g) calls g(pixel, tap) for each pair of input
/// channels and weights that reach it, input_channels elements each, in the order of the input's pixels.
template <class Activation, class Weights, class F>
inline void for_each_transposed(const TransposeConvParams& p, const Activation* input, const Weights* weights, F f) {
  const int32_t input_row = p.input_width * p.input_channels;
  const int32_t filter_row = p.filter_width * p.input_channels;
  for (int32_t b = 0; b < p.batches; ++b) {
    const Activation* image = input + b * p.input_height * input_row;
    for (int32_t y = 0; y < p.output_height; ++y) {
      const TransposedTaps rows = transposed_taps(y + p.padding_top, p.stride_height, p.filter_height, p.input_height);
      for (int32_t x = 0; x < p.output_width; ++x) {
        const TransposedTaps columns =
            transposed_taps(x + p.padding_left, p.stride_width, p.filter_width, p.input_width);
        for (int32_t o = 0; o < p.output_channels; ++o) {
          const Weights* filter = weights + o * p.filter_height * filter_row;
          f(o, [&](auto g) {
            for (int32_t i = rows.count - 1; i >= 0; --i) {
              const Activation* pixels = image + (rows.last - i) * input_row;
              const Weights* taps = filter + (rows.tap + i * p.stride_height) * filter_row;
              for (int32_t j = columns.count - 1; j >= 0; --j) {
                g(pixels + (columns.last - j) * p.input_channels,
                  taps + (columns.tap + j * p.stride_width) * p.input_channels);
              }
            }
          });
        }
      }
    }
  }
}

/// output[b, y, x, o] = clamp(output_offset + requantize(bias[o] + sum over all i, j, k, l, c with
///     i * stride_height + k == y + padding_top and j * stride_width + l == x + padding_left of
///     (weights[o, k, l, c] + weights_offset) * (input[b, i, j, c] + input_offset)))
/// bias may be null. Activation is int8, uint8 or int16, the last with a bias of int64 or int32.
template <class Activation, class Weights, class Bias>
inline void transpose_conv(const TransposeConvParams& p, const Activation* input, const Weights* weights,
                           const Bias* bias, const int32_t* multiplier, const int32_t* shift, Activation* output) {
  const int32_t to_weight = weights_offset<Weights>(p);
  for_each_transposed(p, input, weights, [&](int32_t o, const auto& for_each_tap) {
    typename SumOf<Activation>::Type sum = bias ? bias[o] : 0;
    for_each_tap([&](const Activation* pixel, const Weights* tap) {
      for (int32_t c = 0; c < p.input_channels; ++c) sum += (tap[c] + to_weight) * (pixel[c] + p.input_offset);
    });
    *output++ = requantized_channel<Activation>(p, bias, sum, o, multiplier, shift);
  });
}

/// The float version, without offsets and rescaling; activation is {least, most}.
inline void transpose_conv_float(const TransposeConvParams& p, const float* input, const float* weights,
                                 const float* bias, const float* activation, float* output) {
  for_each_transposed(p, input, weights, [&](int32_t o, const auto& for_each_tap) {
    float sum = 0;
    for_each_tap([&](const float* pixel, const float* tap) {
      for (int32_t c = 0; c < p.input_channels; ++c) sum += tap[c] * pixel[c];
    });
    if (bias) sum += bias[o];
    *output++ = sum < activation[0] ? activation[0] : sum > activation[1] ? activation[1] : sum;
  });
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
