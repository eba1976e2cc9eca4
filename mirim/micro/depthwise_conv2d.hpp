// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/bounded.hpp"
#include "mirim/micro/dynamic_quantize.hpp"
#include "mirim/micro/four_rows.hpp"
#include "mirim/micro/requantize.hpp"
#include "mirim/micro/simd32.hpp"
#include "mirim/micro/unroll.hpp"
#include "mirim/micro/window.hpp"

namespace mirim {
namespace micro {
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

/// The taps inside the input at one output pixel.
struct DepthwiseWindow {
  const int8_t* input;    ///< at the first tap, channel 0
  const int8_t* weights;  ///< its weights, output 0
  int32_t rows;
  int32_t columns;
  int32_t input_row;  ///< from one row's first tap to the next row's
  int32_t input_column;
  int32_t weights_row;
  int32_t weights_column;
};

#ifdef MIRIM_ALL_REGISTERS
/// sums += the products of a window of `columns` columns for four channels: twelve instructions for four products,
/// including the steps to the next tap.
template <int columns>
inline void add_window(FourSums& sums, const DepthwiseWindow& w, const int8_t* pixel, const int8_t* tap,
                       uint32_t offsets) {
  int32_t next_pixel = w.input_row - columns * w.input_column;
  int32_t next_tap = w.weights_row - columns * w.weights_column;
  int32_t rows = w.rows;
  uint32_t even, odd, even_weights, odd_weights;
  __asm__ volatile(
      "1:\n"
      ".rept   %c[columns]\n"
      "ldr     %[odd], [%[pixel]]\n"
      "ldr     %[wo], [%[tap]]\n"
      "sxtab16 %[even], %[offsets], %[odd]\n"
      "sxtb16  %[we], %[wo]\n"
      "sxtab16 %[odd], %[offsets], %[odd], ror #8\n"
      "sxtb16  %[wo], %[wo], ror #8\n"
      "smlabb  %[s0], %[we], %[even], %[s0]\n"
      "smlatt  %[s2], %[we], %[even], %[s2]\n"
      "smlabb  %[s1], %[wo], %[odd], %[s1]\n"
      "smlatt  %[s3], %[wo], %[odd], %[s3]\n"
      "add     %[pixel], %[input_column]\n"
      "add     %[tap], %[weights_column]\n"
      ".endr\n"
      "ldr     %[even], %[next_pixel]\n"
      "ldr     %[odd], %[next_tap]\n"
      "ldr     %[we], %[rows]\n"
      "add     %[pixel], %[even]\n"
      "add     %[tap], %[odd]\n"
      "subs    %[we], #1\n"
      "str     %[we], %[rows]\n"
      "bne     1b\n"
      : [s0] "+r"(sums.of[0]), [s1] "+r"(sums.of[1]), [s2] "+r"(sums.of[2]), [s3] "+r"(sums.of[3]), [pixel] "+r"(pixel),
        [tap] "+r"(tap), [rows] "+m"(rows), [even] "=&r"(even), [odd] "=&r"(odd), [we] "=&r"(even_weights),
        [wo] "=&r"(odd_weights), [next_pixel] "+m"(next_pixel), [next_tap] "+m"(next_tap)
      : [input_column] "r"(w.input_column), [weights_column] "r"(w.weights_column), [offsets] "r"(offsets),
        [columns] "i"(columns)
      : "cc", "memory");
}
#endif

/// The same for any window. `shared`: all four channels read one input channel.
template <bool shared>
inline void add_any_window(FourSums& sums, const DepthwiseWindow& w, const int8_t* pixel, const int8_t* tap,
                           uint32_t offsets) {
  for (int32_t i = 0; i < w.rows; ++i, pixel += w.input_row, tap += w.weights_row) {
    const int8_t* from = pixel;
    const int8_t* weights = tap;
    MIRIM_UNROLL(1)
    for (int32_t left = w.columns; left > 0; --left, from += w.input_column, weights += w.weights_column) {
      uint32_t even, odd;
      if (shared) {
        even = odd = even_bytes_plus(offsets, static_cast<uint8_t>(*from) * UINT32_C(0x10001));
      } else {
        even = even_bytes_plus(offsets, load_word(from));
        odd = odd_bytes_plus(offsets, load_word(from));
      }
      const uint32_t even_weights = even_bytes(load_word(weights)), odd_weights = odd_bytes(load_word(weights));
      sums.of[0] = add_low_product(sums.of[0], even_weights, even);
      sums.of[1] = add_low_product(sums.of[1], odd_weights, odd);
      sums.of[2] = add_high_product(sums.of[2], even_weights, even);
      sums.of[3] = add_high_product(sums.of[3], odd_weights, odd);
    }
  }
}

/// Outputs o ... o + 3 of a pixel: from four channels starting at `channel`, or from that one channel if `shared`.
template <bool shared, class Channels, class Output>
inline void depthwise_four(const DepthwiseWindow& w, const Channels& channels, int32_t offset, int32_t channel,
                           int32_t o, Output* output) {
  const uint32_t offsets = both_halves(offset);
  FourSums sums = {{channels.start(0), channels.start(1), channels.start(2), channels.start(3)}};
#ifdef MIRIM_ALL_REGISTERS
  if (!shared && w.columns == 3 && w.rows > 0) {
    add_window<3>(sums, w, w.input + channel, w.weights + o, offsets);
  } else if (!shared && w.columns == 2 && w.rows > 0) {
    add_window<2>(sums, w, w.input + channel, w.weights + o, offsets);
  } else
#endif
    add_any_window<shared>(sums, w, w.input + channel, w.weights + o, offsets);
  for (int k = 0; k < 4; ++k) output[k] = static_cast<Output>(channels.result(sums.of[k], channels.rescale(k)));
}

template <class Channels, class Output>
inline void depthwise_one(const DepthwiseWindow& w, const Channels& channels, int32_t offset, int32_t channel,
                          int32_t o, Output* output) {
  int32_t sum = channels.start(0);
  for (int32_t i = 0; i < w.rows; ++i) {
    const int8_t* pixel = w.input + i * w.input_row + channel;
    const int8_t* tap = w.weights + i * w.weights_row + o;
    MIRIM_UNROLL(1)
    for (int32_t left = w.columns; left > 0; --left, pixel += w.input_column, tap += w.weights_column) {
      sum += *tap * (*pixel + offset);
    }
  }
  *output = static_cast<Output>(channels.result(sum, channels.rescale(0)));
}

/// All outputs of a pixel.
template <class Channels, class Output>
[[gnu::noinline]] inline void depthwise_pixel(const DepthwiseWindow& w, Channels channels, int32_t offset,
                                              int32_t outputs, int32_t depth_multiplier, Output* output) {
  const Channels all = channels;
  int32_t o = 0;
  if (depth_multiplier == 1) {
    for (; o + 4 <= outputs; o += 4, channels.skip(4)) depthwise_four<false>(w, channels, offset, o, o, output + o);
    for (; o < outputs; ++o, channels.skip(1)) depthwise_one(w, channels, offset, o, o, output + o);
  }
  for (int32_t channel = 0; o < outputs; ++channel) {
    const int32_t end = o + depth_multiplier;
    for (; o + 4 <= end; o += 4, channels.skip(4)) {
      depthwise_four<true>(w, channels, offset, channel, o, output + o);
    }
    for (; o < end; ++o, channels.skip(1)) depthwise_one(w, channels, offset, channel, o, output + o);
  }
  all.bound(output, outputs);
}

/// int8 depthwise_conv2d with the instructions of simd32.hpp. Channels is Int8Channels or DynamicChannels.
template <class Channels, class Output>
inline void depthwise_conv2d_by_simd32(const DepthwiseConv2dParams& p, const int8_t* input, int32_t offset,
                                       const int8_t* weights, const Channels& channels, Output* output) {
  const int32_t outputs = p.input_channels * p.depth_multiplier;
  DepthwiseWindow w = {};
  w.input_row = p.dilation_height * p.input_width * p.input_channels;
  w.input_column = p.dilation_width * p.input_channels;
  w.weights_row = p.filter_width * outputs;
  w.weights_column = outputs;
  for (int32_t b = 0; b < p.batches; ++b) {
    for (int32_t y = 0; y < p.output_height; ++y) {
      const int32_t top = y * p.stride_height - p.padding_top;
      const TapRange rows = taps_inside(top, p.filter_height, p.dilation_height, p.input_height);
      for (int32_t x = 0; x < p.output_width; ++x, output += outputs) {
        const int32_t left = x * p.stride_width - p.padding_left;
        const TapRange columns = taps_inside(left, p.filter_width, p.dilation_width, p.input_width);
        const int32_t corner = ((b * p.input_height + top) * p.input_width + left) * p.input_channels;
        w.input = input + corner + rows.begin * w.input_row + columns.begin * w.input_column;
        w.weights = weights + rows.begin * w.weights_row + columns.begin * w.weights_column;
        w.rows = rows.end - rows.begin;
        w.columns = columns.end - columns.begin;
        depthwise_pixel(w, channels, offset, outputs, p.depth_multiplier, output);
      }
    }
  }
}

/// With o = c * depth_multiplier + m:
/// output[b, y, x, o] = clamp(output_offset + requantize(bias[o] + sum over i, j of
///     (weights[0, i, j, o] + weights_offset) * (input[b, y * stride_height - padding_top + i * dilation_height,
///                                  x * stride_width - padding_left + j * dilation_width, c] + input_offset)))
/// where taps outside the input add nothing. bias may be null. Activation is int8, uint8 or int16, the last with a bias
/// of int64. Four output channels at a time share the address computation, which halves a Cortex-M4's instructions.
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

#ifdef MIRIM_SIMD32
template <>
inline void depthwise_conv2d(const DepthwiseConv2dParams& p, const int8_t* input, const int8_t* weights,
                             const int32_t* bias, const int32_t* multiplier, const int32_t* shift, int8_t* output) {
  const Int8Channels channels = Int8Channels::of(p, bias, multiplier, shift);
  depthwise_conv2d_by_simd32(p, input, p.input_offset, weights, channels, output);
}
#endif

/// The same with float activations and int8 weights: each image is first quantized to `quantized`. weights_scale is
/// indexed by multiplier_stride, activation is {least, most}. Of p only geometry and multiplier_stride are used.
inline void depthwise_conv2d_dynamic(const DepthwiseConv2dParams& p, const float* input, const int8_t* weights,
                                     const float* bias, const float* weights_scale, const float* activation,
                                     int8_t* quantized, float* output) {
  const int32_t outputs = p.input_channels * p.depth_multiplier;
  const int32_t image_size = p.input_height * p.input_width * p.input_channels;
  for (int32_t b = 0; b < p.batches; ++b, input += image_size) {
    const DynamicScale in = quantize_asymmetric(input, image_size, quantized);
    if (kSimd32) {
      const DynamicChannels channels =
          dynamic_channels(weights_scale, p.multiplier_stride, in.scale, false, bias, activation);
      DepthwiseConv2dParams one = p;
      one.batches = 1;
      depthwise_conv2d_by_simd32(one, quantized, -in.zero_point, weights, channels, output);
      output += p.output_height * p.output_width * outputs;
      continue;
    }
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
          *output++ = dynamic_result(
              sum, dynamic_rescale(weights_scale[o * p.multiplier_stride], in.scale, false, bias, o), activation);
        }
      }
    }
  }
}

/// The float version: output = clamp(sum + bias). activation is {least, most}. Of p only geometry is used.
inline void depthwise_conv2d_float(const DepthwiseConv2dParams& p, const float* input, const float* weights,
                                   const float* bias, const float* activation, float* output) {
  const int32_t outputs = p.input_channels * p.depth_multiplier;
  const int32_t row_step = p.dilation_height * p.input_width * p.input_channels;
  const int32_t column_step = p.dilation_width * p.input_channels;
  for (int32_t b = 0; b < p.batches; ++b) {
    for (int32_t y = 0; y < p.output_height; ++y) {
      const int32_t top = y * p.stride_height - p.padding_top;
      const TapRange rows = taps_inside(top, p.filter_height, p.dilation_height, p.input_height);
      for (int32_t column = 0; column < p.output_width; ++column) {
        const int32_t left = column * p.stride_width - p.padding_left;
        const TapRange columns = taps_inside(left, p.filter_width, p.dilation_width, p.input_width);
        const int32_t first_row = (b * p.input_height + top) * p.input_width + left;
        const float* const corner =
            input + first_row * p.input_channels + rows.begin * row_step + columns.begin * column_step;
        const float* const first_tap = weights + (rows.begin * p.filter_width + columns.begin) * outputs;
        for (int32_t o = 0; o < outputs; ++o) {
          const float* at = corner + (p.depth_multiplier == 1 ? o : o / p.depth_multiplier);
          const float* tap = first_tap + o;
          float sum = 0;
          for (int32_t i = rows.begin; i < rows.end; ++i, at += row_step, tap += p.filter_width * outputs) {
            for (int32_t j = 0; j < columns.end - columns.begin; ++j) sum += tap[j * outputs] * at[j * column_step];
          }
          *output++ = bounded(sum + (bias ? bias[o] : 0.0F), activation);
        }
      }
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
