// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/isa/short_rescale.hpp"
#include "mirim/micro/requantize.hpp"
#include "mirim/micro/simd32.hpp"
#include "mirim/micro/unroll.hpp"
#include "mirim/micro/window.hpp"

/// int8 depthwise convolutions, four channels of a pixel at a time: a tile is one pixel by four channels. A plane
/// (depthwise_conv2d_plane.hpp) has less to do for an output, but is filled for each call: where a call makes a single
/// row, it widens three rows to make one.
///
/// A tap is a load of four inputs, one of four weights in two words, two SXTAB16 and four products: 8 instructions for
/// 4 products, the limit of this order. 4 bytes of scales, twice the bias and the shift are read for each output, which
/// takes 8 instructions to finish.
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

/// The taps inside the input at an output pixel.
struct FoursWindow {
  const int8_t* input;      ///< at the first tap, channel 0
  const uint32_t* weights;  ///< its words
  int32_t rows;
  int32_t columns;
  int32_t input_row;      ///< from one row's first tap to the next row's
  int32_t input_column;   ///< bytes from tap to tap
  int32_t weights_row;    ///< words
};

/// twice[k] += twice the products of four channels with the taps of a window.
struct FourChannels {
  int32_t twice[4];

  void add_tap(const int8_t* from, const uint32_t* weights, uint32_t offsets) {
    const uint32_t values = load_word(from), even_weights = weights[0], odd_weights = weights[1];
    const uint32_t even = even_bytes_plus(offsets, values), odd = odd_bytes_plus(offsets, values);
    twice[0] = add_low_product(twice[0], even, even_weights);
    twice[1] = add_low_product(twice[1], odd, odd_weights);
    twice[2] = add_high_product(twice[2], even, even_weights);
    twice[3] = add_high_product(twice[3], odd, odd_weights);
  }

  /// columns: those of the window, or 0 for any number of them.
  template <int columns>
  void add_window(const FoursWindow& w, const int8_t* from, const uint32_t* weights, uint32_t offsets) {
    MIRIM_UNROLL(1)
    for (int32_t row = w.rows; row > 0; --row) {
      const int32_t count = columns > 0 ? columns : w.columns;
      const int8_t* x = from;
      MIRIM_UNROLL(4)
      for (int32_t i = 0; i < count; ++i, x += w.input_column) add_tap(x, weights + 2 * i, offsets);
      from += w.input_row;
      weights += w.weights_row;
    }
  }
};

/// One output pixel.
template <int columns>
inline void depthwise_pixel_of_fours(const DepthwiseFoursParams& p, const FoursWindow& w, const uint32_t* packed,
                                     int8_t* output) {
  const uint32_t offsets = both_halves(p.input_offset);
  const int32_t taps = p.filter_height * p.filter_width, words = depthwise_four_words(taps);
  const int8_t* from = w.input;
  const uint32_t* weights = w.weights;
  const uint32_t* scales = packed + 4 + 2 * taps;
  const int32_t twice_offset = 2 * p.output_offset + 1;
  MIRIM_UNROLL(1)
  for (int32_t c = 0; c < p.channels; c += 4, from += 4) {
    FourChannels sums = {{static_cast<int32_t>(packed[0]), static_cast<int32_t>(packed[1]),
                          static_cast<int32_t>(packed[2]), static_cast<int32_t>(packed[3])}};
    sums.add_window<columns>(w, from, weights, offsets);
    for (int k = 0; k < 4; ++k) {
      const auto right = static_cast<int32_t>(scales[2 * k + 1]);
      const ShortRescale rescale = {static_cast<int32_t>(scales[2 * k]), right, shift_left(twice_offset, right)};
      output[c + k] = static_cast<int8_t>(rescale.result(sums.twice[k]));
    }
    packed += words;
    weights += words;
    scales += words;
  }
}

inline void depthwise_conv2d_fours(const DepthwiseFoursParams& p, const int8_t* input, const uint32_t* packed,
                                   int8_t* output) {
  const int32_t input_row = p.input_width * p.channels;
  FoursWindow w{};
  w.input_row = p.dilation_height * input_row;
  w.input_column = p.dilation_width * p.channels;
  w.weights_row = 2 * p.filter_width;
  for (int32_t b = 0; b < p.batches; ++b) {
    for (int32_t y = 0; y < p.output_height; ++y) {
      const int32_t top = y * p.stride_height - p.padding_top;
      const TapRange rows = taps_inside(top, p.filter_height, p.dilation_height, p.input_height);
      w.rows = rows.end - rows.begin;
      const int8_t* const image = input + (b * p.input_height + top + rows.begin * p.dilation_height) * input_row;
      int8_t* const results = output;
      for (int32_t x = 0; x < p.output_width; ++x, output += p.channels) {
        const int32_t left = x * p.stride_width - p.padding_left;
        const TapRange columns = taps_inside(left, p.filter_width, p.dilation_width, p.input_width);
        w.columns = columns.end - columns.begin;
        w.input = image + (left + columns.begin * p.dilation_width) * p.channels;
        w.weights = packed + 4 + 2 * (rows.begin * p.filter_width + columns.begin);
        if (w.columns == 3) {
          depthwise_pixel_of_fours<3>(p, w, packed, output);
        } else {
          depthwise_pixel_of_fours<0>(p, w, packed, output);
        }
      }
      clamp_results(results, p.output_width * p.channels, p.activation_min, p.activation_max);
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
