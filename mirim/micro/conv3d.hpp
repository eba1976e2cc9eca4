// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/bounded.hpp"
#include "mirim/micro/window.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// input [batches, input_depth, input_height, input_width, input_channels], weights [filter_depth, filter_height,
/// filter_width, input_channels, output_channels], output [batches, output_depth, output_height, output_width,
/// output_channels].
struct Conv3dParams {
  int32_t batches;
  int32_t input_depth;
  int32_t input_height;
  int32_t input_width;
  int32_t input_channels;
  int32_t filter_depth;
  int32_t filter_height;
  int32_t filter_width;
  int32_t output_depth;
  int32_t output_height;
  int32_t output_width;
  int32_t output_channels;
  int32_t stride_depth;
  int32_t stride_height;
  int32_t stride_width;
  int32_t dilation_depth;
  int32_t dilation_height;
  int32_t dilation_width;
  int32_t padding_front;
  int32_t padding_top;
  int32_t padding_left;
};

template <class V>
constexpr void fields(V&& v, const Conv3dParams& p) {
  v("batches", p.batches);
  v("input_depth", p.input_depth);
  v("input_height", p.input_height);
  v("input_width", p.input_width);
  v("input_channels", p.input_channels);
  v("filter_depth", p.filter_depth);
  v("filter_height", p.filter_height);
  v("filter_width", p.filter_width);
  v("output_depth", p.output_depth);
  v("output_height", p.output_height);
  v("output_width", p.output_width);
  v("output_channels", p.output_channels);
  v("stride_depth", p.stride_depth);
  v("stride_height", p.stride_height);
  v("stride_width", p.stride_width);
  v("dilation_depth", p.dilation_depth);
  v("dilation_height", p.dilation_height);
  v("dilation_width", p.dilation_width);
  v("padding_front", p.padding_front);
  v("padding_top", p.padding_top);
  v("padding_left", p.padding_left);
}

/// The position of the filters for one place of the output: the index of tap (0, 0, 0) on each axis, and the taps
/// inside the input.
struct Conv3dWindow {
  int32_t front, top, left;
  TapRange slices, rows, columns;
};

/// Sums for kTogether neighbouring output channels, whose weights begin at `weights`. `input` is an image's.
template <int kTogether>
inline void conv3d_sums(const Conv3dParams& p, const Conv3dWindow& window, const float* input, const float* weights,
                        float* sums) {
  for (int32_t i = window.slices.begin; i < window.slices.end; ++i) {
    const int32_t slice = window.front + i * p.dilation_depth;
    for (int32_t j = window.rows.begin; j < window.rows.end; ++j) {
      const int32_t row = slice * p.input_height + window.top + j * p.dilation_height;
      for (int32_t k = window.columns.begin; k < window.columns.end; ++k) {
        const int32_t column = row * p.input_width + window.left + k * p.dilation_width;
        const float* from = input + column * p.input_channels;
        const int32_t tap = (i * p.filter_height + j) * p.filter_width + k;
        const float* w = weights + tap * p.input_channels * p.output_channels;
        for (int32_t c = 0; c < p.input_channels; ++c, w += p.output_channels) {
          for (int o = 0; o < kTogether; ++o) sums[o] += w[o] * from[c];
        }
      }
    }
  }
}

/// output = clamp(sum + bias); activation is {least, most}.
inline void conv3d_float(const Conv3dParams& p, const float* input, const float* weights, const float* bias,
                         const float* activation, float* output) {
  const int32_t image = p.input_depth * p.input_height * p.input_width * p.input_channels;
  for (int32_t b = 0; b < p.batches; ++b, input += image) {
    for (int32_t z = 0; z < p.output_depth; ++z) {
      const int32_t front = z * p.stride_depth - p.padding_front;
      for (int32_t y = 0; y < p.output_height; ++y) {
        const int32_t top = y * p.stride_height - p.padding_top;
        for (int32_t x = 0; x < p.output_width; ++x) {
          const int32_t left = x * p.stride_width - p.padding_left;
          const Conv3dWindow window = {front,
                                       top,
                                       left,
                                       taps_inside(front, p.filter_depth, p.dilation_depth, p.input_depth),
                                       taps_inside(top, p.filter_height, p.dilation_height, p.input_height),
                                       taps_inside(left, p.filter_width, p.dilation_width, p.input_width)};
          for (int32_t o = 0; o < p.output_channels;) {
            const int32_t together = o + 4 <= p.output_channels ? 4 : 1;
            float sums[4] = {};
            if (together == 4) {
              conv3d_sums<4>(p, window, input, weights + o, sums);
            } else {
              conv3d_sums<1>(p, window, input, weights + o, sums);
            }
            for (int32_t k = 0; k < together; ++k, ++o) {
              *output++ = bounded(sums[k] + (bias ? bias[o] : 0.0F), activation);
            }
          }
        }
      }
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
