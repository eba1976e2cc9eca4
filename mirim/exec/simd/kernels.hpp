#pragma once

#include <cstdint>

#include "mirim/exec/layer.hpp"

/// Loops over floats, vectorised for the CPU at hand (Highway's dynamic dispatch). Outputs alias no other pointer
/// unless said. Long loops are shared by the threads that `use_threads` set. Sums have a fixed order on one CPU, so
/// results repeat bit for bit with the same number of threads.
/// fixed order on one CPU, so results repeat bit for bit with the same number of threads.
namespace mirim::simd {

/// y[i] += a[i]
void accumulate(const float* a, float* y, std::int64_t count);

/// y[i] = min(max(a[i] + b[i], least), most)
void add_and_clamp(const float* a, const float* b, float* y, std::int64_t count, float least, float most);

/// y[i] = min(max(x[i], least), most); x may be y.
void clamp(const float* x, float* y, std::int64_t count, float least, float most);

/// dx[i] = least < y[i] < most ? dy[i] : 0; dx may be dy.
void clamp_gradient(const float* y, const float* dy, float* dx, std::int64_t count, float least, float most);

/// y[r][c] = min(max(y[r][c] + bias[c], least), most); no bias when null.
void add_bias_and_clamp(float* y, const float* bias, std::int64_t rows, std::int64_t columns, float least, float most);

/// sum[c] = sum over r of y[r][c]
void sum_rows(const float* y, float* sum, std::int64_t rows, std::int64_t columns);

/// y[i] = x[i] * constants[i % period], or + in place of *; period is a multiple of 16.
void multiply_periodic(const float* x, const float* constants, std::int64_t period, float* y, std::int64_t count);
void add_periodic(const float* x, const float* constants, std::int64_t period, float* y, std::int64_t count);

/// y[i] *= factor
void scale(float factor, float* y, std::int64_t count);

/// y[i] = x[i]
void copy(const float* x, float* y, std::int64_t count);

/// p[r] = softmax(z[r]) for `rows` rows; z may be p.
void softmax(const float* z, float* p, std::int64_t rows, std::int64_t columns);

/// d[i] = scale * (y[i] - target[i]); returns sum of (y[i] - target[i])^2. d may be null.
float squared_error(const float* y, const float* target, float* d, std::int64_t count, float scale);

/// Applies the gradient to a parameter's weights and moments as Optimizer says. Returns whether every new weight is
/// finite.
bool update(const Update& rule, const ParameterMemory& parameter);
/// The same for arrays that are not padded to whole vectors.
bool update_unpadded(const Update& rule, const ParameterMemory& parameter);

/// The same with the gradient of a dense layer, which is never stored: g[o][i] = sum over n < rows of dy[n][o] *
/// x[n][i], for a parameter of outputs x inputs. For few rows this saves writing and reading the gradient.
bool update_outer(const Update& rule, const ParameterMemory& parameter, const float* dy, const float* x,
                  std::int64_t rows, std::int64_t outputs, std::int64_t inputs);

/// y[n][o] = sum over i of w[o][i] * x[n][i], for few rows.
void dense_forward(const float* w, const float* x, float* y, std::int64_t rows, std::int64_t outputs,
                   std::int64_t inputs);

/// dx[n][i] = sum over o of dy[n][o] * w[o][i], for few rows.
void dense_backward(const float* w, const float* dy, float* dx, std::int64_t rows, std::int64_t outputs,
                    std::int64_t inputs);

}  // namespace mirim::simd
