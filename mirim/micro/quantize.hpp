// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/requantize.hpp"

namespace mirim::micro {
inline namespace v0 {

struct QuantizeParams {
  int32_t count;
  float scale;
  int32_t zero_point;
};

template <class V>
constexpr void fields(V&& v, const QuantizeParams& p) {
  v("count", p.count);
  v("scale", p.scale);
  v("zero_point", p.zero_point);
}

/// output[i] = clamp(zero_point + round(input[i] / scale)), ties away from zero; NaN becomes zero_point.
inline void quantize(const QuantizeParams& p, const float* input, int8_t* output) {
  for (int32_t i = 0; i < p.count; ++i) {
    const float steps = input[i] / p.scale;
    // A cast of a float outside int32 is undefined; beyond +-1000 steps every result is clamped anyway.
    const float near = steps > 1000.0F ? 1000.0F : steps < -1000.0F ? -1000.0F : steps == steps ? steps : 0.0F;
    auto rounded = static_cast<int32_t>(near);
    const float rest = near - static_cast<float>(rounded);
    if (rest >= 0.5F) ++rounded;
    if (rest <= -0.5F) --rounded;
    output[i] = static_cast<int8_t>(clamp(p.zero_point + rounded, INT8_MIN, INT8_MAX));
  }
}

struct RequantizeParams {
  int32_t count;
  int32_t input_offset;   ///< minus the input's zero point
  int32_t output_offset;  ///< the output's zero point
  int32_t multiplier;     ///< with shift: input scale / output scale
  int32_t shift;
};

template <class V>
constexpr void fields(V&& v, const RequantizeParams& p) {
  v("count", p.count);
  v("input_offset", p.input_offset);
  v("output_offset", p.output_offset);
  v("multiplier", p.multiplier);
  v("shift", p.shift);
}

/// output[i] = clamp(output_offset + requantize(input[i] + input_offset)): from one scale to another.
inline void requantize(const RequantizeParams& p, const int8_t* input, int8_t* output) {
  for (int32_t i = 0; i < p.count; ++i) {
    const int32_t scaled =
        p.output_offset + multiply_by_quantized_multiplier(input[i] + p.input_offset, p.multiplier, p.shift);
    output[i] = static_cast<int8_t>(clamp(scaled, INT8_MIN, INT8_MAX));
  }
}

}  // namespace v0
}  // namespace mirim::micro
