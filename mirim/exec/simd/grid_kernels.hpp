#pragma once

#include <cstdint>

namespace mirim::simd {

/// An affine grid as its kernels take it: integers from `least` to `most`, counted from the zero point.
struct GridSteps {
  float scale = 1;
  float least = 0;
  float most = 0;
};

struct Ends {
  float min = 0;
  float max = 0;
};

/// y[i] = scale * clamp(round(x[i] / scale), least, most); ties to even. Returns the ends of x, and of 0.
Ends round_to_grid(const GridSteps& grid, const float* x, float* y, std::int64_t count);

/// dx[i] = x[i] inside the range (half a step beyond its ends) ? dy[i] : 0; dx may be dy. Returns, where `learn`,
///   sum of dy[i] * (round(x / scale) - x / scale) inside, dy[i] * least or most outside: dL/dscale.
double grid_gradient(const GridSteps& grid, const float* x, const float* dy, float* dx, std::int64_t count, bool learn);

}  // namespace mirim::simd
