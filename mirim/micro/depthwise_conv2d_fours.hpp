// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/isa/fours_pixel.hpp"
#include "mirim/micro/requantize.hpp"
#include "mirim/micro/simd32.hpp"
#include "mirim/micro/window.hpp"

/// int8 depthwise convolutions, four channels of a pixel at a time: a tile is one pixel by four channels. A plane
/// (depthwise_conv2d_plane.hpp) has less to do for an output, but is filled for each call: where a call makes a single
/// row, it widens three rows to make one.
///
/// A tap is a load of four inputs, one of four weights in two words, two SXTAB16 and four products: 8 instructions for
/// 4 products, the limit of this order. To finish an output takes 7.
///
/// `packed`, for each four channels: twice their biases, then for each tap twice the weights in halves, (0, 2) and
/// (1, 3), then for each channel its multiplier and shift (ShortRescale).
namespace mirim {
namespace micro {
inline namespace v0 {

/// input [batches, input_height, input_width, channels], output [batches, output_height, output_width, channels];
/// channels are a multiple of 4.
struct DepthwiseFoursParams {
  int32_t batches;
  int32_t input_height;
  int32_t input_width;
  int32_t channels;
  int32_t filter_height;
  int32_t filter_width;
  int32_t output_height;
  int32_t output_width;
  int32_t stride_height;
  int32_t stride_width;
  int32_t dilation_height;
  int32_t dilation_width;
  int32_t padding_top;
  int32_t padding_left;
  int32_t input_offset;   ///< minus the input's zero point
  int32_t output_offset;  ///< the output's zero point
  int32_t activation_min;
  int32_t activation_max;
};

template <class V>
constexpr void fields(V&& v, const DepthwiseFoursParams& p) {
  v("batches", p.batches);
  v("input_height", p.input_height);
  v("input_width", p.input_width);
  v("channels", p.channels);
  v("filter_height", p.filter_height);
  v("filter_width", p.filter_width);
  v("output_height", p.output_height);
  v("output_width", p.output_width);
  v("stride_height", p.stride_height);
  v("stride_width", p.stride_width);
  v("dilation_height", p.dilation_height);
  v("dilation_width", p.dilation_width);
  v("padding_top", p.padding_top);
  v("padding_left", p.padding_left);
  v("input_offset", p.input_offset);
  v("output_offset", p.output_offset);
  v("activation_min", p.activation_min);
  v("activation_max", p.activation_max);
}

/// Words of `packed` for four channels.
constexpr int32_t depthwise_four_words(int32_t taps) { return 4 + 2 * taps + 8; }

inline void depthwise_conv2d_fours(const DepthwiseFoursParams& p, const int8_t* input, const uint32_t* packed,
                                   int8_t* output) {
  const int32_t input_row = p.input_width * p.channels, taps_row = 8 * p.filter_width;
  FoursWindow w{};
  w.input_column = p.dilation_width * p.channels;
  w.input_row = p.dilation_height * input_row;
  w.fours = p.channels / 4;
  w.offsets = both_halves(p.input_offset);
  w.twice_offset = 2 * p.output_offset + 1;
  w.weights_row = taps_row;
  for (int32_t b = 0; b < p.batches; ++b) {
    for (int32_t y = 0; y < p.output_height; ++y) {
      const int32_t top = y * p.stride_height - p.padding_top;
      const TapRange rows = taps_inside(top, p.filter_height, p.dilation_height, p.input_height);
      w.rows = rows.end - rows.begin;
      w.back = w.rows * w.input_row - 4;
      const int8_t* const image = input + (b * p.input_height + top + rows.begin * p.dilation_height) * input_row;
      int8_t* const results = output;
      for (int32_t x = 0; x < p.output_width; ++x, output += p.channels) {
        const int32_t left = x * p.stride_width - p.padding_left;
        const TapRange columns = taps_inside(left, p.filter_width, p.dilation_width, p.input_width);
        w.columns = columns.end - columns.begin;
        w.skipped = rows.begin * taps_row + 8 * columns.begin;
        w.rest = (p.filter_height - w.rows) * taps_row - w.skipped;
        fours_pixel(w, image + (left + columns.begin * p.dilation_width) * p.channels, packed, output);
      }
      clamp_results(results, p.output_width * p.channels, p.activation_min, p.activation_max);
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
