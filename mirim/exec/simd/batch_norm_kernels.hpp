#pragma once

#include <cstdint>

/// Batch norm over one block of channels in Layout::blocked. Each pass does as much as it can with what it reads,
/// because memory limits the speed.
namespace mirim::simd {

/// The pixels of one block in some images: channel c of pixel p of image n is at n * image_stride + p * width + c.
struct BlockPixels {
  std::int64_t images;
  std::int64_t image_stride;
  std::int64_t area;
  std::int64_t width;  ///< channels of a block
};

/// [width] each.
struct BlockSums {
  float* first;
  float* second;
};

/// first[c] = sum of x - around[c], second[c] = sum of (x - around[c])^2
void moments(const BlockPixels& pixels, const float* x, const float* around, const BlockSums& sums);

/// y = min(max(scale[c] * x + shift[c] + addend, least), most); no addend if null.
struct Normalization {
  const float* scale;
  const float* shift;
  float least;
  float most;
};
void normalize(const BlockPixels& pixels, const Normalization& rule, const float* x, const float* addend, float* y);

/// The gradient g before the clamp: dy (+ more_dy, unless null) where the clamp did not act, else 0. Without an addend
/// x shows whether it acted, so y (null) is not read.
struct NormalizationGradient {
  Normalization forward;
  const float* x;
  const float* y;
  const float* dy;
  const float* more_dy;
};

/// first[c] = sum of g, second[c] = sum of g * (x - mean[c]); g is stored unless null.
void gradient_moments(const BlockPixels& pixels, const NormalizationGradient& gradient, const float* mean, float* g,
                      const BlockSums& sums);

/// dx = of_g[c] * g + of_x[c] * (x - mean[c]) + constant[c]
struct GradientRule {
  const float* mean;
  const float* of_g;
  const float* of_x;
  const float* constant;
};
void normalization_gradient(const BlockPixels& pixels, const NormalizationGradient& gradient, const GradientRule& rule,
                            float* dx);

}  // namespace mirim::simd
