// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

namespace mirim {
namespace micro {
inline namespace v0 {

/// input [batch, input_size[0], input_size[1], channels], output [batch, output_size[0], output_size[1], channels].
struct ResizeParams {
  int32_t batch;
  int32_t input_size[2];
  int32_t output_size[2];
  int32_t channels;
  int32_t align_corners;       ///< 1: the centres of the corner pixels coincide
  int32_t half_pixel_centers;  ///< 1: the image borders coincide
  float scale[2];              ///< input pixels for each output pixel
  int32_t scale_10[2];         ///< the same with 10 fractional bits
};

template <class V>
constexpr void fields(V&& v, const ResizeParams& p) {
  v("batch", p.batch);
  v("input_size", p.input_size);
  v("output_size", p.output_size);
  v("channels", p.channels);
  v("align_corners", p.align_corners);
  v("half_pixel_centers", p.half_pixel_centers);
  v("scale", p.scale);
  v("scale_10", p.scale_10);
}

/// The input pixels around an output position, and the distance from the first.
template <class T>
struct Between {
  int32_t first;
  int32_t second;
  T distance;
};

/// In floats; the distance in pixels.
inline Between<float> between(const ResizeParams& p, int axis, int32_t position, float) {
  float at = static_cast<float>(position) * p.scale[axis];
  if (p.half_pixel_centers) at = (static_cast<float>(position) + 0.5F) * p.scale[axis] - 0.5F;
  const auto cut = static_cast<int32_t>(at);
  const int32_t floor = static_cast<float>(cut) > at ? cut - 1 : cut;
  const int32_t ceiling = static_cast<float>(cut) < at ? cut + 1 : cut;
  const int32_t first = floor > 0 ? floor : 0;
  const int32_t last = p.input_size[axis] - 1;
  return {first, ceiling < last ? ceiling : last, at - static_cast<float>(first)};
}

/// In integers; the distance in 2^-10 pixels.
inline Between<int32_t> between(const ResizeParams& p, int axis, int32_t position, int32_t) {
  int32_t at = position * p.scale_10[axis];
  if (p.half_pixel_centers) at += p.scale_10[axis] / 2 - (1 << 9);
  const int32_t floor = at / (1 << 10);
  const int32_t ceiling = (at + (1 << 10) - 1) / (1 << 10);
  const int32_t first = floor > 0 ? floor : 0;
  const int32_t last = p.input_size[axis] - 1;
  return {first, ceiling < last ? ceiling : last, at - (1 << 10) * first};
}

/// The weighted four pixels around a position. Floats and uint8 are added in floats; uint8 is rounded by adding a half.
inline float weighted(float a, float b, float c, float d, float y, float x) {
  return a * (1 - y) * (1 - x) + b * y * (1 - x) + c * (1 - y) * x + d * y * x;
}
inline uint8_t weighted(uint8_t a, uint8_t b, uint8_t c, uint8_t d, float y, float x) {
  return static_cast<uint8_t>(
      weighted(static_cast<float>(a), static_cast<float>(b), static_cast<float>(c), static_cast<float>(d), y, x) +
      0.5F);
}
template <class T>
inline T weighted(T a, T b, T c, T d, int32_t y, int32_t x) {
  constexpr int32_t one = 1 << 10;
  const int64_t sum = static_cast<int64_t>(a) * (one - y) * (one - x) + static_cast<int64_t>(b) * y * (one - x) +
                      static_cast<int64_t>(c) * (one - y) * x + static_cast<int64_t>(d) * y * x;
  const int64_t half = sum > 0 ? 1 << 19 : -(1 << 19);
  return static_cast<T>((sum + half) / (1 << 20));
}

/// Distances are floats for float and uint8, integers for int8 and int16.
template <class T, class Distance>
inline void interpolate(const ResizeParams& p, const T* input, T* output, Distance tag) {
  const int32_t row = p.input_size[1] * p.channels;
  for (int32_t b = 0; b < p.batch; ++b) {
    const T* image = input + b * p.input_size[0] * row;
    for (int32_t y = 0; y < p.output_size[0]; ++y) {
      const Between<Distance> vertical = between(p, 0, y, tag);
      for (int32_t x = 0; x < p.output_size[1]; ++x) {
        const Between<Distance> horizontal = between(p, 1, x, tag);
        const T* top_left = image + vertical.first * row + horizontal.first * p.channels;
        const T* bottom_left = image + vertical.second * row + horizontal.first * p.channels;
        const T* top_right = image + vertical.first * row + horizontal.second * p.channels;
        const T* bottom_right = image + vertical.second * row + horizontal.second * p.channels;
        for (int32_t c = 0; c < p.channels; ++c) {
          *output++ = weighted(top_left[c], bottom_left[c], top_right[c], bottom_right[c], vertical.distance,
                               horizontal.distance);
        }
      }
    }
  }
}

inline void resize_bilinear(const ResizeParams& p, const float* input, float* output) {
  interpolate(p, input, output, 0.0F);
}
inline void resize_bilinear(const ResizeParams& p, const uint8_t* input, uint8_t* output) {
  interpolate(p, input, output, 0.0F);
}
inline void resize_bilinear(const ResizeParams& p, const int8_t* input, int8_t* output) {
  interpolate(p, input, output, int32_t{0});
}
inline void resize_bilinear(const ResizeParams& p, const int16_t* input, int16_t* output) {
  interpolate(p, input, output, int32_t{0});
}

/// The input pixel of an output position: the one that it lies in or, with aligned corners, the nearest, halves
/// upwards.
inline int32_t nearest(const ResizeParams& p, int axis, int32_t position) {
  const float at = (static_cast<float>(position) + (p.half_pixel_centers ? 0.5F : 0.0F)) * p.scale[axis];
  const auto pixel = static_cast<int32_t>(p.align_corners ? at + 0.5F : at);
  return pixel < p.input_size[axis] ? pixel : p.input_size[axis] - 1;
}

/// output[b, y, x] = input[b, nearest y, nearest x], any type.
template <class T>
inline void resize_nearest_neighbor(const ResizeParams& p, const T* input, T* output) {
  for (int32_t b = 0; b < p.batch; ++b) {
    for (int32_t y = 0; y < p.output_size[0]; ++y) {
      for (int32_t x = 0; x < p.output_size[1]; ++x) {
        const int32_t pixel = (b * p.input_size[0] + nearest(p, 0, y)) * p.input_size[1] + nearest(p, 1, x);
        for (int32_t c = 0; c < p.channels; ++c) *output++ = input[pixel * p.channels + c];
      }
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
