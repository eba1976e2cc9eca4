// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/bounded.hpp"
#include "mirim/micro/columns.hpp"
#include "mirim/micro/dynamic_quantize.hpp"
#include "mirim/micro/four_rows.hpp"
#include "mirim/micro/requantize.hpp"
#include "mirim/micro/window.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// input [batches, input_height, input_width, input_channels], weights [output_channels, filter_height, filter_width,
/// filter_channels], output [batches, output_height, output_width, output_channels].
/// input_channels / filter_channels is the number of groups, 1 unless the convolution is grouped.
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
  int32_t weights_offset;     ///< minus the weights' zero point, uint8 only
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
  v("weights_offset", p.weights_offset);
  v("output_offset", p.output_offset);
  v("multiplier_stride", p.multiplier_stride);
  v("activation_min", p.activation_min);
  v("activation_max", p.activation_max);
}

/// The position of the filters on the input for one output pixel.
struct Conv2dWindow {
  int32_t corner;  ///< index in the input of tap (0, 0), first channel; may be outside
  TapRange rows;   ///< the taps inside the input
  TapRange columns;
};

/// Calls f(input, weights, count) for each run of input channels under the window and the same run of the filter.
/// `input` and `filter` point to the first channel of the group. If columns are adjacent, a row is one run.
template <class Activation, class Weights, class F>
inline void for_each_run(const Conv2dParams& p, const Conv2dWindow& window, const Activation* input,
                         const Weights* filter, F f) {
  const int32_t filter_row = p.filter_width * p.filter_channels;
  const int32_t row_step = p.dilation_height * p.input_width * p.input_channels;
  const int32_t column_step = p.dilation_width * p.input_channels;
  const int32_t columns = window.columns.end - window.columns.begin;
  const bool joined = column_step == p.filter_channels;
  const int32_t runs = joined ? min(columns, 1) : columns;
  const int32_t length = joined ? columns * p.filter_channels : p.filter_channels;
  for (int32_t i = window.rows.begin; i < window.rows.end; ++i) {
    const Weights* tap = filter + i * filter_row + window.columns.begin * p.filter_channels;
    int32_t at = window.corner + i * row_step + window.columns.begin * column_step;
    for (int32_t run = 0; run < runs; ++run, at += column_step, tap += p.filter_channels) f(input + at, tap, length);
  }
}

/// Gathers the inputs of an output pixel, plus `offset`, as column `pixel` of `columns`. `input` points to the first
/// channel of the group in the image.
[[gnu::noinline]] inline void gather_column(const Conv2dParams& p, const int8_t* input, int32_t top, int32_t left,
                                            int32_t offset, int pixel, uint32_t* columns) {
  const int32_t filter_row = p.filter_width * p.filter_channels;
  const int32_t size = p.filter_height * filter_row;
  const bool inside = top >= 0 && top < p.input_height && left >= 0 && left < p.input_width;
  if (p.filter_height * p.filter_width == 1 && inside) {
    const int8_t* from = input + (top * p.input_width + left) * p.input_channels;
    return fill_column(columns, size, pixel, 0, size, from, offset);
  }
  const TapRange taps = taps_inside(left, p.filter_width, p.dilation_width, p.input_width);
  const bool joined = p.dilation_width * p.input_channels == p.filter_channels;
  for (int32_t i = 0; i < p.filter_height; ++i) {
    int32_t k = i * filter_row;
    const int32_t end = k + filter_row;
    const int32_t row = top + i * p.dilation_height;
    if (row < 0 || row >= p.input_height) {
      clear_column(columns, size, pixel, k, end);
      continue;
    }
    const int8_t* from = input + (row * p.input_width + left + taps.begin * p.dilation_width) * p.input_channels;
    const int32_t first = k + taps.begin * p.filter_channels, last = k + taps.end * p.filter_channels;
    if (k < first) clear_column(columns, size, pixel, k, first);
    const int32_t run = joined ? last - first : p.filter_channels;
    for (k = first; k < last; k += run, from += p.dilation_width * p.input_channels) {
      fill_column(columns, size, pixel, k, k + run, from, offset);
    }
    if (last < end) clear_column(columns, size, pixel, last, end);
  }
}

/// An int8 convolution with filters of at most kCapacity weights, two output pixels at a time.
template <int kCapacity, class Channels, class Output>
[[gnu::noinline]] inline void conv2d_by_columns(const Conv2dParams& p, const int8_t* input, int32_t offset,
                                                const int8_t* weights, const Channels& channels, Output* output) {
  uint32_t columns[kCapacity];
  const int32_t size = p.filter_height * p.filter_width * p.filter_channels;
  const int32_t pixels = p.batches * p.output_height * p.output_width;
  const int32_t groups = p.input_channels / p.filter_channels;
  const int32_t outputs = p.output_channels / groups;
  Channels next = channels;
  for (int32_t g = 0; g < groups; ++g) {
    const int8_t* image = input + g * p.filter_channels;
    Output* to = output + g * outputs;
    int32_t x = 0, y = 0;
    for (int32_t at = 0; at < pixels; ++at) {
      gather_column(p, image, y * p.stride_height - p.padding_top, x * p.stride_width - p.padding_left, offset, at % 2,
                    columns);
      if (at % 2 == 1 || at == pixels - 1) {
        multiply_columns(weights, next, size, outputs, columns, at % 2 == 1 ? p.output_channels : 0, to);
        to += 2 * p.output_channels;
      }
      if (++x < p.output_width) continue;
      x = 0;
      if (++y < p.output_height) continue;
      y = 0;
      image += p.input_height * p.input_width * p.input_channels;
    }
    weights += outputs * size;
    next.skip(outputs);
  }
}

/// The same for filters of any size, one output pixel and four filters at a time, without columns.
template <class Channels, class Output>
[[gnu::noinline]] inline void conv2d_by_four_rows(const Conv2dParams& p, const int8_t* input, int32_t offset,
                                                  const int8_t* weights, const Channels& channels, Output* output) {
  const int32_t size = p.filter_height * p.filter_width * p.filter_channels;
  const int32_t outputs_per_group = p.output_channels / (p.input_channels / p.filter_channels);
  for (int32_t b = 0; b < p.batches; ++b) {
    for (int32_t y = 0; y < p.output_height; ++y) {
      const int32_t top = y * p.stride_height - p.padding_top;
      for (int32_t x = 0; x < p.output_width; ++x) {
        const int32_t left = x * p.stride_width - p.padding_left;
        const Conv2dWindow window = {((b * p.input_height + top) * p.input_width + left) * p.input_channels,
                                     taps_inside(top, p.filter_height, p.dilation_height, p.input_height),
                                     taps_inside(left, p.filter_width, p.dilation_width, p.input_width)};
        Channels next = channels;
        for (int32_t o = 0; o < p.output_channels;) {
          const int8_t* group = input + o / outputs_per_group * p.filter_channels;
          const int32_t together = o % outputs_per_group + 4 <= outputs_per_group ? 4 : 1;
          const int32_t row = together == 4 ? size : 0;
          const int32_t ahead = together == 4 ? 1 : 0;
          FourSums sums = {{next.start(0), next.start(ahead), next.start(2 * ahead), next.start(3 * ahead)}};
          for_each_run(p, window, group, weights + o * size, [&](const int8_t* from, const int8_t* tap, int32_t count) {
            add_four_rows(sums, from, tap, row, count, offset);
          });
          for (int k = 0; k < together; ++k)
            output[o + k] = static_cast<Output>(next.result(sums.of[k], next.rescale(k)));
          o += together;
          next.skip(together);
        }
        channels.bound(output, p.output_channels);
        output += p.output_channels;
      }
    }
  }
}

/// Chooses one of them by the size of the filters. The columns are on the stack, in a few sizes, so that small filters
/// need little.
template <class Channels, class Output>
inline void conv2d_by_simd32(const Conv2dParams& p, const int8_t* input, int32_t offset, const int8_t* weights,
                             const Channels& channels, Output* output) {
  const int32_t size = p.filter_height * p.filter_width * p.filter_channels;
  if (p.batches * p.output_height * p.output_width == 1) {  // a single pixel has no other to share the weights with
    return conv2d_by_four_rows(p, input, offset, weights, channels, output);
  }
  if (size <= 64) return conv2d_by_columns<64>(p, input, offset, weights, channels, output);
  if (size <= 160) return conv2d_by_columns<160>(p, input, offset, weights, channels, output);
  if (size <= 288) return conv2d_by_columns<288>(p, input, offset, weights, channels, output);
  if (size <= 640) return conv2d_by_columns<640>(p, input, offset, weights, channels, output);
  conv2d_by_four_rows(p, input, offset, weights, channels, output);
}

/// output[b, y, x, o] = clamp(output_offset + requantize(bias[o] + sum over i, j, c of
///     (weights[o, i, j, c] + weights_offset) * (input[b, y * stride_height - padding_top + i * dilation_height,
///                                  x * stride_width - padding_left + j * dilation_width, group(o) + c] +
///                                  input_offset)))
/// where taps outside the input add nothing. bias may be null. Activation is int8, uint8 or int16, the last with a bias
/// of int64 or int32. Four output channels at a time share the loads of the input, which halves a Cortex-M4's
/// instructions; with the DSP extension int8 uses the functions above.
template <class Activation, class Weights, class Bias>
inline void conv2d(const Conv2dParams& p, const Activation* input, const Weights* weights, const Bias* bias,
                   const int32_t* multiplier, const int32_t* shift, Activation* output) {
  using Sum = typename SumOf<Activation>::Type;
  const int32_t outputs_per_group = p.output_channels / (p.input_channels / p.filter_channels);
  const int32_t filter_size = p.filter_height * p.filter_width * p.filter_channels;
  const int32_t offset = p.input_offset;
  const int32_t to_weight = weights_offset<Weights>(p);
  for (int32_t b = 0; b < p.batches; ++b) {
    for (int32_t y = 0; y < p.output_height; ++y) {
      const int32_t top = y * p.stride_height - p.padding_top;
      for (int32_t x = 0; x < p.output_width; ++x) {
        const int32_t left = x * p.stride_width - p.padding_left;
        const Conv2dWindow window = {((b * p.input_height + top) * p.input_width + left) * p.input_channels,
                                     taps_inside(top, p.filter_height, p.dilation_height, p.input_height),
                                     taps_inside(left, p.filter_width, p.dilation_width, p.input_width)};
        int32_t left_in_group = outputs_per_group;
        const Activation* group = input;
        const Weights* filter = weights;
        for (int32_t o = 0; o < p.output_channels;) {
          Sum sum0 = bias ? bias[o] : 0;
          if (left_in_group >= 4) {
            Sum sum1 = bias ? bias[o + 1] : 0;
            Sum sum2 = bias ? bias[o + 2] : 0;
            Sum sum3 = bias ? bias[o + 3] : 0;
            for_each_run(p, window, group, filter, [&](const Activation* from, const Weights* w0, int32_t count) {
              const Weights* w1 = w0 + filter_size;
              const Weights* w2 = w1 + filter_size;
              const Weights* w3 = w2 + filter_size;
              for (int32_t c = 0; c < count; ++c) {
                const int32_t value = from[c] + offset;
                sum0 += (w0[c] + to_weight) * value;
                sum1 += (w1[c] + to_weight) * value;
                sum2 += (w2[c] + to_weight) * value;
                sum3 += (w3[c] + to_weight) * value;
              }
            });
            output[0] = requantized_channel<Activation>(p, bias, sum0, o, multiplier, shift);
            output[1] = requantized_channel<Activation>(p, bias, sum1, o + 1, multiplier, shift);
            output[2] = requantized_channel<Activation>(p, bias, sum2, o + 2, multiplier, shift);
            output[3] = requantized_channel<Activation>(p, bias, sum3, o + 3, multiplier, shift);
            o += 4, output += 4, left_in_group -= 4, filter += 4 * filter_size;
          } else {
            for_each_run(p, window, group, filter, [&](const Activation* from, const Weights* w0, int32_t count) {
              for (int32_t c = 0; c < count; ++c) sum0 += (w0[c] + to_weight) * (from[c] + offset);
            });
            *output = requantized_channel<Activation>(p, bias, sum0, o, multiplier, shift);
            ++o, ++output, --left_in_group, filter += filter_size;
          }
          if (left_in_group == 0) {
            left_in_group = outputs_per_group;
            group += p.filter_channels;
          }
        }
      }
    }
  }
}

#ifdef MIRIM_SIMD32
template <>
inline void conv2d(const Conv2dParams& p, const int8_t* input, const int8_t* weights, const int32_t* bias,
                   const int32_t* multiplier, const int32_t* shift, int8_t* output) {
  const Int8Channels channels = Int8Channels::of(p, bias, multiplier, shift);
  conv2d_by_simd32(p, input, p.input_offset, weights, channels, output);
}
#endif

/// The same with float activations and int8 weights: each image is first quantized to `quantized`, asymmetrically if
/// the weights have a scale for each channel. weights_scale is indexed by multiplier_stride, activation is {least,
/// most}. Of p only geometry and multiplier_stride are used.
inline void conv2d_dynamic(const Conv2dParams& p, const float* input, const int8_t* weights, const float* bias,
                           const float* weights_scale, const float* activation, int8_t* quantized, float* output) {
  const int32_t outputs_per_group = p.output_channels / (p.input_channels / p.filter_channels);
  const int32_t filter_size = p.filter_height * p.filter_width * p.filter_channels;
  const int32_t image_size = p.input_height * p.input_width * p.input_channels;
  for (int32_t b = 0; b < p.batches; ++b, input += image_size) {
    const DynamicScale in = p.multiplier_stride ? quantize_asymmetric(input, image_size, quantized)
                                                : quantize_symmetric(input, image_size, quantized);
    if (kSimd32) {
      const DynamicChannels channels =
          dynamic_channels(weights_scale, p.multiplier_stride, in.scale, p.multiplier_stride != 0, bias, activation);
      Conv2dParams one = p;
      one.batches = 1;
      conv2d_by_simd32(one, quantized, -in.zero_point, weights, channels, output);
      output += p.output_height * p.output_width * p.output_channels;
      continue;
    }
    for (int32_t y = 0; y < p.output_height; ++y) {
      const int32_t top = y * p.stride_height - p.padding_top;
      for (int32_t x = 0; x < p.output_width; ++x) {
        const int32_t left = x * p.stride_width - p.padding_left;
        const Conv2dWindow window = {(top * p.input_width + left) * p.input_channels,
                                     taps_inside(top, p.filter_height, p.dilation_height, p.input_height),
                                     taps_inside(left, p.filter_width, p.dilation_width, p.input_width)};
        for (int32_t o = 0; o < p.output_channels; ++o) {
          const int8_t* group = quantized + o / outputs_per_group * p.filter_channels;
          int32_t sum = 0;
          for_each_run(p, window, group, weights + o * filter_size,
                       [&](const int8_t* from, const int8_t* tap, int32_t count) {
                         for (int32_t c = 0; c < count; ++c) sum += tap[c] * (from[c] - in.zero_point);
                       });
          *output++ = dynamic_result(
              sum, dynamic_rescale(weights_scale[o * p.multiplier_stride], in.scale, p.multiplier_stride != 0, bias, o),
              activation);
        }
      }
    }
  }
}

/// The float version: output = clamp(sum + bias). activation is {least, most}. Of p only geometry is used.
inline void conv2d_float(const Conv2dParams& p, const float* input, const float* weights, const float* bias,
                         const float* activation, float* output) {
  const int32_t outputs_per_group = p.output_channels / (p.input_channels / p.filter_channels);
  const int32_t filter_size = p.filter_height * p.filter_width * p.filter_channels;
  for (int32_t b = 0; b < p.batches; ++b) {
    for (int32_t y = 0; y < p.output_height; ++y) {
      const int32_t top = y * p.stride_height - p.padding_top;
      for (int32_t x = 0; x < p.output_width; ++x) {
        const int32_t left = x * p.stride_width - p.padding_left;
        const Conv2dWindow window = {((b * p.input_height + top) * p.input_width + left) * p.input_channels,
                                     taps_inside(top, p.filter_height, p.dilation_height, p.input_height),
                                     taps_inside(left, p.filter_width, p.dilation_width, p.input_width)};
        for (int32_t o = 0; o < p.output_channels;) {
          const float* group = input + o / outputs_per_group * p.filter_channels;
          const float* filter = weights + o * filter_size;
          const int32_t together = o % outputs_per_group + 4 <= outputs_per_group ? 4 : 1;
          float sums[4] = {};
          if (together == 4) {
            for_each_run(p, window, group, filter, [&](const float* from, const float* w, int32_t count) {
              for (int32_t c = 0; c < count; ++c) {
                const float value = from[c];
                sums[0] += w[c] * value;
                sums[1] += w[c + filter_size] * value;
                sums[2] += w[c + 2 * filter_size] * value;
                sums[3] += w[c + 3 * filter_size] * value;
              }
            });
          } else {
            for_each_run(p, window, group, filter, [&](const float* from, const float* w, int32_t count) {
              for (int32_t c = 0; c < count; ++c) sums[0] += w[c] * from[c];
            });
          }
          for (int32_t k = 0; k < together; ++k, ++o) {
            *output++ = bounded(sums[k] + (bias ? bias[o] : 0.0F), activation);
          }
        }
      }
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
