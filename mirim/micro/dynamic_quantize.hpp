// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/quantize.hpp"

/// Floats to int8 with a scale found from the floats themselves: how dynamic-range layers take their input. The
/// arithmetic, float and double, is TensorFlow Lite's, so that the steps are the same.
namespace mirim::micro {
inline namespace v0 {

/// real = scale * (integer - zero_point)
struct DynamicScale {
  float scale;
  int32_t zero_point;
};

struct FloatRange {
  float least;
  float most;
};

/// The smallest and largest of the elements and 0.
inline FloatRange range_with_zero(const float* input, int32_t count) {
  FloatRange range = {0, 0};
  for (int32_t i = 0; i < count; ++i) {
    if (input[i] < range.least) range.least = input[i];
    if (input[i] > range.most) range.most = input[i];
  }
  return range;
}

/// The largest magnitude becomes 127; the zero point is 0.
inline DynamicScale quantize_symmetric(const float* input, int32_t count, int8_t* output) {
  const FloatRange range = range_with_zero(input, count);
  const float largest = -range.least > range.most ? -range.least : range.most;
  const float inverse = largest == 0 ? 0.0F : 127.0F / largest;
  for (int32_t i = 0; i < count; ++i) {
    output[i] = static_cast<int8_t>(clamp(round_within(input[i] * inverse, 1000.0F), -127, 127));
  }
  return {largest == 0 ? 1.0F : largest / 127.0F, 0};
}

/// The end of the range that 0 lies nearer to sets the zero point.
inline int32_t nudged_zero_point(double least, double most, double scale) {
  const double below = -least / scale, above = most / scale;
  const double point = 128.0 + below < 127.0 + above ? -128.0 + below : 127.0 - above;
  if (!(point > -128.0)) return -128;  // NaN too
  if (point >= 127.0) return 127;
  return static_cast<int32_t>(point < 0 ? point - 0.5 : point + 0.5);
}

/// The range of the elements and 0 becomes -128 ... 127.
inline DynamicScale quantize_asymmetric(const float* input, int32_t count, int8_t* output) {
  const FloatRange range = range_with_zero(input, count);
  const bool nothing = range.least == range.most;
  const double scale = nothing ? 1.0 : (static_cast<double>(range.most) - static_cast<double>(range.least)) / 255.0;
  const int32_t zero_point =
      nothing ? 0 : nudged_zero_point(static_cast<double>(range.least), static_cast<double>(range.most), scale);
  const auto narrow = static_cast<float>(scale);
  const float inverse = nothing ? 0.0F : 1.0F / narrow;
  for (int32_t i = 0; i < count; ++i) {
    const float steps = static_cast<float>(zero_point) + input[i] * inverse;
    output[i] = static_cast<int8_t>(clamp(round_within(steps, 1000.0F), -128, 127));
  }
  return {narrow, zero_point};
}

/// A sum of steps as the layer's float result: activation is its {least, most}, bias may be null.
inline float dynamic_result(int32_t sum, float scale, const float* bias, int32_t channel, const float* activation) {
  const float y = static_cast<float>(sum) * scale + (bias ? bias[channel] : 0.0F);
  return y < activation[0] ? activation[0] : y > activation[1] ? activation[1] : y;
}

}  // namespace v0
}  // namespace mirim::micro
