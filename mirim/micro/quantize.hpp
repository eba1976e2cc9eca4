// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/requantize.hpp"

namespace mirim {
namespace micro {
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

/// The range of an integer type, for clamping.
template <class T>
struct Limits {
  static constexpr bool is_signed = static_cast<T>(-1) < 0;
  static constexpr int bits = 8 * static_cast<int>(sizeof(T)) - (is_signed ? 1 : 0);
  static constexpr int32_t most = static_cast<int32_t>((int64_t{1} << bits) - 1);
  static constexpr int32_t least = is_signed ? -most - 1 : 0;
};

/// round(x), ties away from zero, |x| at most `most`; 0 for NaN. A cast of a float outside int32 is undefined.
constexpr int32_t round_within(float x, float most) {
  const float near = x > most ? most : x < -most ? -most : x == x ? x : 0.0F;
  auto rounded = static_cast<int32_t>(near);
  const float rest = near - static_cast<float>(rounded);
  if (rest >= 0.5F) ++rounded;
  if (rest <= -0.5F) --rounded;
  return rounded;
}

/// y clamped to the range of an integer type.
template <class T>
constexpr T saturated(int64_t y) {
  return static_cast<T>(y < Limits<T>::least ? Limits<T>::least : y > Limits<T>::most ? Limits<T>::most : y);
}

/// output[i] = clamp(zero_point + round(input[i] / scale)), ties away from zero; NaN becomes zero_point.
template <class Output>
inline void quantize(const QuantizeParams& p, const float* input, Output* output) {
  // For 16 bits anything beyond +-2^17 steps clamps; for 32 bits it is the largest float.
  constexpr float kFar = sizeof(Output) == 4 ? 2147483520.0F : 131072.0F;
  for (int32_t i = 0; i < p.count; ++i) {
    output[i] = saturated<Output>(int64_t{p.zero_point} + round_within(input[i] / p.scale, kFar));
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

/// output[i] = clamp(output_offset + requantize(input[i] + input_offset)): from one scale to another, and from one type
/// of at most 32 bits to another. Bits of int32 inputs beyond 32 are lost, as on the device.
template <class Input, class Output>
inline void requantize(const RequantizeParams& p, const Input* input, Output* output) {
  for (int32_t i = 0; i < p.count; ++i) {
    const auto x = static_cast<int32_t>(static_cast<uint32_t>(input[i]) + static_cast<uint32_t>(p.input_offset));
    output[i] =
        saturated<Output>(int64_t{p.output_offset} + multiply_by_quantized_multiplier(x, p.multiplier, p.shift));
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
