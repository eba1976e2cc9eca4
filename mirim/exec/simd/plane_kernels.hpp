#pragma once

#include <cstdint>
#include <span>

/// Windows over each channel separately, on planes (planes.hpp): all that one tap reads of one image is one run of
/// floats, so any filter, stride and number of channels is vectorised alike.
namespace mirim::simd {

/// Runs of `count` floats, one for each tap, starting at its offset. Reads and writes are rounded up to `plane_step()`.
struct Runs {
  std::int64_t count;
  std::span<const std::int64_t> offsets;
};

/// Floats that the kernels process at a time. After every run as many may be touched.
std::int64_t plane_step();

/// Weights repeat along a run: `pattern` floats for each tap, a multiple of plane_step() and of the channels.
struct Pattern {
  const float* weights;
  std::int64_t pattern;
  const float* bias = nullptr;  ///< one pattern
  bool one_for_all = false;     ///< all taps use the same pattern
};

/// y[i] = bias[i % pattern] + sum over taps t of w[t][i % pattern] * x[offset[t] + i]
void plane_products(const Runs& runs, const Pattern& w, const float* x, float* y);

/// dx[offset[t] + i] += w[t][i % pattern] * dy[i], and nothing after `count`
void plane_scatter(const Runs& runs, const Pattern& w, const float* dy, float* dx);

/// dw[t][i % pattern] += dy[i] * x[offset[t] + i]. dy is 0 from `count` to the next multiple of the pattern.
void plane_gradient(const Runs& runs, const float* x, const float* dy, std::int64_t pattern, float* dw);

/// sums[i % pattern] += dy[i], with zeros after it as above
void plane_sums(std::int64_t count, const float* dy, std::int64_t pattern, float* sums);

/// y[i] = max over t of x[offset[t] + i], first[i] = the first t that has it, as a float.
void plane_maximum(const Runs& runs, const float* x, float* y, float* first);

/// dx[i] = sum over t where first[offset[t] + i] is tap[t] of dy[offset[t] + i]
void plane_maximum_gradient(const Runs& runs, std::span<const float> taps, const float* first, const float* dy,
                            float* dx);

/// dx[offset[t] + i] += dy[i] where first[i] is t, and nothing after `count`
void plane_maximum_scatter(const Runs& runs, const float* first, const float* dy, float* dx);

}  // namespace mirim::simd
