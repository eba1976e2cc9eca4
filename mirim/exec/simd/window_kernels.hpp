#pragma once

#include <cstdint>

#include "mirim/ops/window.hpp"

/// Windows over each channel of images separately, vectorised for the CPU at hand. NHWC.
namespace mirim::simd {

struct ChannelWindows {
  std::int64_t images, height, width, channels;
  Window vertical, horizontal;
  float least, most;  ///< the results' clamp
};

/// y[n, h, w, c] = clamp(bias[c] + sum over i, j of weights[i, j, c] * x[n, ..., c]), zeros outside the image. Each
/// product and sum is rounded, in order: TensorFlow Lite's reference bits. 3 x 3 weights stay in registers for a row.
void depthwise(const ChannelWindows& windows, const float* weights, const float* bias, const float* x, float* y);

/// y[n, h, w, c] = clamp(mean over the taps inside the image), without dilation
void average(const ChannelWindows& windows, const float* x, float* y);

}  // namespace mirim::simd
