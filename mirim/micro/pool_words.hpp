// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/isa/byte_words.hpp"
#include "mirim/micro/pool.hpp"
#include "mirim/micro/reduce.hpp"
#include "mirim/micro/requantize.hpp"
#include "mirim/micro/simd32.hpp"
#include "mirim/micro/unroll.hpp"
#include "mirim/micro/window.hpp"

/// Pools and means of int8 over rows and columns, four channels at a time: a word is loaded once and takes two
/// instructions, SSUB8 and SEL for the largest, two SXTAB16 for a sum. Where channels are no whole words, the last word
/// begins earlier and its channels are computed again. The limit is 3/4 of an instruction an element; loops take about
/// as much, and a mean 8 an output, of which one is the division.
namespace mirim {
namespace micro {
inline namespace v0 {

/// f(window, pointer to the first element of its four channels, pointer to their outputs) for all of them.
template <class F>
inline void for_each_pool_word(const Pool2dParams& p, const int8_t* input, int8_t* output, F f) {
  const int32_t row = p.input_width * p.channels;
  for (int32_t b = 0; b < p.batches; ++b, input += p.input_height * row) {
    for (int32_t y = 0; y < p.output_height; ++y) {
      const int32_t top = y * p.stride_height - p.padding_top;
      const TapRange rows = taps_inside(top, p.filter_height, 1, p.input_height);
      for (int32_t x = 0; x < p.output_width; ++x, output += p.channels) {
        const int32_t left = x * p.stride_width - p.padding_left;
        const TapRange columns = taps_inside(left, p.filter_width, 1, p.input_width);
        const PoolWindow window = {rows.end - rows.begin, columns.end - columns.begin, row, p.channels};
        const int8_t* first = input + (top + rows.begin) * row + (left + columns.begin) * p.channels;
        int32_t c = 0;
        for (; c + 4 <= p.channels; c += 4) f(window, first + c, output + c);
        if (c < p.channels) f(window, first + p.channels - 4, output + p.channels - 4);
      }
    }
  }
}

/// f(four) for each word of a window, all rows.
template <class F>
inline void for_each_word(const PoolWindow& w, const int8_t* first, F f) {
  for (int32_t i = w.rows; i > 0; --i, first += w.row_step) {
    const int8_t* at = first;
    MIRIM_UNROLL(1)
    for (int32_t j = w.columns; j > 0; --j, at += w.column_step) f(load_word(at));
  }
}

/// max_pool_2d of 4 and more channels.
inline void max_pool_2d_words(const Pool2dParams& p, const int8_t* input, int8_t* output) {
  const uint32_t least = all_bytes(p.activation_min), most = all_bytes(p.activation_max);
  for_each_pool_word(p, input, output, [&](const PoolWindow& window, const int8_t* first, int8_t* to) {
    uint32_t largest = least;
    for_each_word(window, first, [&largest](uint32_t four) { largest = larger_bytes(largest, four); });
    if (p.activation_max < 127) largest = smaller_bytes(largest, most);
    store_word(to, largest);
  });
}

/// average_pool_2d of 4 and more channels, with windows of at most kMostInLanes elements.
inline void average_pool_2d_words(const Pool2dParams& p, const int8_t* input, int8_t* output) {
  for_each_pool_word(p, input, output, [&](const PoolWindow& window, const int8_t* first, int8_t* to) {
    ByteSums sums = {};
    for_each_word(window, first, [&sums](uint32_t four) { sums.add(four); });
    const int32_t count = window.rows * window.columns;
    for (int k = 0; k < 4; ++k) {
      const int32_t mean = rounded_mean(sums.of(k), count);
      to[k] = static_cast<int8_t>(clamp(mean, p.activation_min, p.activation_max));
    }
  });
}

/// `mean` of int8 whose innermost kept axis is dense, and has 4 elements or more, and of which one axis is reduced: its
/// last.
inline void mean_words(const MeanParams& p, const int8_t* input, int8_t* output) {
  const int32_t count = p.reduced_size[2], step = p.reduced_stride[2], channels = p.kept_size[2];
  const auto four_means = [&p, count, step](const int8_t* from, int8_t* to) {
    int32_t totals[4] = {-p.input_zero_points, -p.input_zero_points, -p.input_zero_points, -p.input_zero_points};
    for (int32_t left = count; left > 0; left -= kMostInLanes) {
      ByteSums sums = {};
      MIRIM_UNROLL(4)
      for (int32_t n = min(left, kMostInLanes); n > 0; --n, from += step) sums.add(load_word(from));
      for (int k = 0; k < 4; ++k) totals[k] += sums.of(k);
    }
    for (int k = 0; k < 4; ++k) {
      to[k] = static_cast<int8_t>(
          clamp(p.output_offset + rescaled(totals[k], p.multiplier, p.shift), p.output_min, p.output_max));
    }
  };
  for (int32_t i = 0; i < p.kept_size[0]; ++i) {
    for (int32_t j = 0; j < p.kept_size[1]; ++j, output += channels) {
      const int8_t* from = input + i * p.kept_stride[0] + j * p.kept_stride[1];
      int32_t c = 0;
      for (; c + 4 <= channels; c += 4) four_means(from + c, output + c);
      if (c < channels) four_means(from + channels - 4, output + channels - 4);
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
