// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/float_math.hpp"
#include "mirim/micro/requantize.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

struct SqrtInt16Params {
  int32_t count;
  float input_scale;
  float output_scale;
};

template <class V>
constexpr void fields(V&& v, const SqrtInt16Params& p) {
  v("count", p.count);
  v("input_scale", p.input_scale);
  v("output_scale", p.output_scale);
}

/// The float `steps` units in the last place from a positive x.
inline float beside(float x, int32_t steps) {
  uint32_t bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  bits += static_cast<uint32_t>(steps);
  __builtin_memcpy(&x, &bits, sizeof bits);
  return x;
}

/// sqrt(x) correctly rounded, for a positive finite x. square_root is up to a unit off. Half of the sum of two
/// neighbours is exact in double, and so is its square.
inline float rounded_square_root(float x) {
  const auto square_of_half = [](float a, float b) {
    const double half = (static_cast<double>(a) + static_cast<double>(b)) * 0.5;
    return half * half;
  };
  const auto exact = static_cast<double>(x);
  float root = square_root(x);
  for (int i = 0; i < 2 && exact > square_of_half(root, beside(root, 1)); ++i) root = beside(root, 1);
  for (int i = 0; i < 2 && exact < square_of_half(root, beside(root, -1)); ++i) root = beside(root, -1);
  return root;
}

/// output[i] = clamp(trunc(sqrt(input[i] * input_scale) / output_scale)) in float, as LiteRT; 0 below 0. int16 with
/// zero points 0.
inline void sqrt_int16(const SqrtInt16Params& p, const int16_t* input, int16_t* output) {
  constexpr float kMost = 32767.0F;
  for (int32_t i = 0; i < p.count; ++i) {
    const float x = static_cast<float>(input[i]) * p.input_scale;
    const float y = x > 0 ? rounded_square_root(x) / p.output_scale : 0.0F;
    output[i] = static_cast<int16_t>(y < kMost ? static_cast<int32_t>(y) : INT16_MAX);
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
