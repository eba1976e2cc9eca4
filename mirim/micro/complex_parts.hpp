// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/float_math.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// input: `count` pairs of real and imaginary part; output: `count` floats. The output may begin where the input does.
struct ComplexPartParams {
  int32_t count;
};

template <class V>
constexpr void fields(V&& v, const ComplexPartParams& p) {
  v("count", p.count);
}

inline void real_part(const ComplexPartParams& p, const float* input, float* output) {
  for (int32_t i = 0; i < p.count; ++i) output[i] = input[2 * i];
}

inline void imaginary_part(const ComplexPartParams& p, const float* input, float* output) {
  for (int32_t i = 0; i < p.count; ++i) output[i] = input[2 * i + 1];
}

/// sqrt(re^2 + im^2), whose squares must not overflow: the larger part is taken out of the root. Infinite if a part is.
inline float magnitude(float re, float im) {
  const float a = absolute(re), b = absolute(im);
  if (a == infinity() || b == infinity()) return infinity();
  const float most = a > b ? a : b, least = a > b ? b : a;
  if (most == 0) return least;  // 0, or NaN
  const float ratio = least / most;
  return most * square_root(1 + ratio * ratio);
}

inline void complex_abs(const ComplexPartParams& p, const float* input, float* output) {
  for (int32_t i = 0; i < p.count; ++i) output[i] = magnitude(input[2 * i], input[2 * i + 1]);
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
