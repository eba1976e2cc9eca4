#pragma once

#include <cstdint>

/// Activations whose slope follows from their result, vectorised for the CPU at hand.
namespace mirim::simd {

enum class Curve {
  tanh,      ///< slope 1 - y^2
  logistic,  ///< slope y (1 - y)
  elu,       ///< slope y < 0 ? y + 1 : 1
};

/// y[i] = f(x[i]); within 4 units in the last place, for logistic plus the error of one exponential.
void apply_curve(Curve curve, const float* x, float* y, std::int64_t count);

/// dx[i] = dy[i] * f'(x[i]), computed from y; dx may be dy.
void curve_gradient(Curve curve, const float* y, const float* dy, float* dx, std::int64_t count);

}  // namespace mirim::simd
