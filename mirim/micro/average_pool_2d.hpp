// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/bounded.hpp"
#include "mirim/micro/pool.hpp"
#include "mirim/micro/requantize.hpp"
#include "mirim/micro/window.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// output[b, y, x, c] = clamp(mean of input[b, i, j, c] over the part of the window at (y * stride_height -
/// padding_top, x * stride_width - padding_left) inside the input), ties away from zero. Input and output share one
/// scale.
template <class T>
inline void average_pool_2d(const Pool2dParams& p, const T* input, T* output) {
  const int32_t input_row = p.input_width * p.channels;
  for (int32_t b = 0; b < p.batches; ++b) {
    const T* image = input + b * p.input_height * input_row;
    for (int32_t y = 0; y < p.output_height; ++y) {
      const int32_t top = y * p.stride_height - p.padding_top;
      const TapRange rows = taps_inside(top, p.filter_height, 1, p.input_height);
      for (int32_t x = 0; x < p.output_width; ++x) {
        const int32_t left = x * p.stride_width - p.padding_left;
        const TapRange columns = taps_inside(left, p.filter_width, 1, p.input_width);
        const int32_t count = (rows.end - rows.begin) * (columns.end - columns.begin);
        for (int32_t c = 0; c < p.channels; ++c) {
          int32_t sum = 0;
          for (int32_t i = rows.begin; i < rows.end; ++i) {
            const T* image_row = image + (top + i) * input_row + left * p.channels + c;
            for (int32_t j = columns.begin; j < columns.end; ++j) sum += image_row[j * p.channels];
          }
          *output++ = static_cast<T>(clamp(rounded_mean(sum, count), p.activation_min, p.activation_max));
        }
      }
    }
  }
}

/// The float version; activation is {least, most}.
inline void average_pool_2d_float(const Pool2dParams& p, const float* input, const float* activation, float* output) {
  for_each_pool_window(p, input, [&](const PoolWindow& window, const float* first) {
    float sum = 0;
    window.for_each(first, [&sum](float x) { sum += x; });
    *output++ = bounded(sum / static_cast<float>(window.rows * window.columns), activation);
  });
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
