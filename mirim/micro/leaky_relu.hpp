// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/requantize.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

struct LeakyReluParams {
  int32_t count;
  int32_t input_offset;         ///< minus the input's zero point
  int32_t output_offset;        ///< the output's zero point
  int32_t identity_multiplier;  ///< with its shift: input scale / output scale
  int32_t identity_shift;
  int32_t slope_multiplier;  ///< with its shift: alpha * input scale / output scale
  int32_t slope_shift;
  int32_t output_min;
  int32_t output_max;
};

template <class V>
constexpr void fields(V&& v, const LeakyReluParams& p) {
  v("count", p.count);
  v("input_offset", p.input_offset);
  v("output_offset", p.output_offset);
  v("identity_multiplier", p.identity_multiplier);
  v("identity_shift", p.identity_shift);
  v("slope_multiplier", p.slope_multiplier);
  v("slope_shift", p.slope_shift);
  v("output_min", p.output_min);
  v("output_max", p.output_max);
}

/// With x = input[i] + input_offset: output[i] = clamp(output_offset + requantize(x)), with a multiplier for each sign.
/// RELU is this with a slope of 0 and its own range. For int16, whose table would be too large.
inline void leaky_relu(const LeakyReluParams& p, const int16_t* input, int16_t* output) {
  for (int32_t i = 0; i < p.count; ++i) {
    const int32_t x = input[i] + p.input_offset;
    const int32_t scaled = x >= 0 ? multiply_by_quantized_multiplier(x, p.identity_multiplier, p.identity_shift)
                                  : multiply_by_quantized_multiplier(x, p.slope_multiplier, p.slope_shift);
    output[i] = static_cast<int16_t>(clamp(p.output_offset + scaled, p.output_min, p.output_max));
  }
}

struct LeakyReluFloatParams {
  int32_t count;
  float alpha;
};

template <class V>
constexpr void fields(V&& v, const LeakyReluFloatParams& p) {
  v("count", p.count);
  v("alpha", p.alpha);
}

/// output[i] = x for x >= 0, alpha * x below.
inline void leaky_relu_float(const LeakyReluFloatParams& p, const float* input, float* output) {
  for (int32_t i = 0; i < p.count; ++i) output[i] = input[i] >= 0 ? input[i] : p.alpha * input[i];
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
