#pragma once

#include <cstdint>
#include <span>

/// Convolutions as sums of products over a list of pixels and a list of what each reads. That covers any filter,
/// stride, dilation, padding and group. Vectorised over outputs for the CPU at hand. Sums have a fixed order on one
/// CPU.
namespace mirim::simd {

/// Where a pixel reads its first term (others are at an offset from it) and where its outputs are, in floats.
struct TapPixel {
  std::int32_t x;
  std::int32_t y;
};

/// w: [outputs / lanes][terms][lanes], padded with zeros; `tap_lanes` gives the lanes.
struct TapSums {
  std::span<const TapPixel> pixels;
  std::span<const std::int64_t> offsets;  ///< of each term
  std::int64_t outputs;
};

/// Lanes of the blocks for this many outputs on this CPU: 4, 8 or 16.
std::int64_t tap_lanes(std::int64_t outputs);

/// The outputs, rounded up to whole blocks.
std::int64_t tap_outputs(std::int64_t outputs);

struct TapClamp {
  float least;
  float most;
  /// Whether the pixels' outputs are contiguous, so that a vector may reach beyond one pixel into the following ones,
  /// which are computed later; never beyond the last pixel's.
  bool dense;
};

/// y[p.y + o] = clamp(bias[o] + sum over terms t of w[o][t] * x[p.x + offset[t]]); bias is null or has whole blocks.
void tap_forward(const TapSums& sums, const TapClamp& clamp, const float* w, const float* bias, const float* x,
                 float* y);

/// dw[o][t] += sum over pixels p of dy[p.y + o] * x[p.x + offset[t]]. Reads dy up to 15 floats after a pixel's outputs.
void tap_gradient(const TapSums& sums, const float* x, const float* dy, float* dw);

}  // namespace mirim::simd
