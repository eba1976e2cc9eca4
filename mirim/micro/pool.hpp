// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/window.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// input [batches, input_height, input_width, channels], output [batches, output_height, output_width, channels].
struct Pool2dParams {
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
  int32_t padding_top;
  int32_t padding_left;
  int32_t activation_min;
  int32_t activation_max;
};

template <class V>
constexpr void fields(V&& v, const Pool2dParams& p) {
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
  v("padding_top", p.padding_top);
  v("padding_left", p.padding_left);
  v("activation_min", p.activation_min);
  v("activation_max", p.activation_max);
}

/// sum / count, ties away from zero.
constexpr int32_t rounded_mean(int32_t sum, int32_t count) {
  return (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
}

/// The part of a window inside the input, for one channel.
struct PoolWindow {
  int32_t rows;
  int32_t columns;
  int32_t row_step;  ///< elements from one row to the next
  int32_t column_step;

  /// f(x) for each x of the window, `first` at its corner.
  template <class T, class F>
  void for_each(const T* first, F f) const {
    for (int32_t i = 0; i < rows; ++i) {
      for (int32_t j = 0; j < columns; ++j) f(first[i * row_step + j * column_step]);
    }
  }
};

/// f(window, pointer to its first element) for each output in order.
template <class T, class F>
inline void for_each_pool_window(const Pool2dParams& p, const T* input, F f) {
  for (int32_t b = 0; b < p.batches; ++b) {
    for (int32_t y = 0; y < p.output_height; ++y) {
      const int32_t top = y * p.stride_height - p.padding_top;
      const TapRange rows = taps_inside(top, p.filter_height, 1, p.input_height);
      for (int32_t x = 0; x < p.output_width; ++x) {
        const int32_t left = x * p.stride_width - p.padding_left;
        const TapRange columns = taps_inside(left, p.filter_width, 1, p.input_width);
        const PoolWindow window = {rows.end - rows.begin, columns.end - columns.begin, p.input_width * p.channels,
                                   p.channels};
        const int32_t row = b * p.input_height + top + rows.begin;
        const T* first = input + (row * p.input_width + left + columns.begin) * p.channels;
        for (int32_t c = 0; c < p.channels; ++c) f(window, first + c);
      }
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
