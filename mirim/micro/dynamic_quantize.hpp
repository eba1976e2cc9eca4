// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/quantize.hpp"

/// Quantizes floats to int8 with a scale computed from the floats themselves, for the inputs of dynamic-range layers.
/// The arithmetic, float and double, is TensorFlow Lite's, so that the steps are the same.
namespace mirim {
namespace micro {
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

/// The conversion of floats to integers: zero_point + round(x * inverse), from `least` to 127.
struct DynamicSteps {
  DynamicScale scale;
  float inverse;
  int32_t least;
};

/// The largest magnitude becomes 127; the zero point is 0.
inline DynamicSteps symmetric_steps(FloatRange range) {
  const float largest = -range.least > range.most ? -range.least : range.most;
  if (largest == 0) return {{1.0F, 0}, 0.0F, -127};
  return {{largest / 127.0F, 0}, 127.0F / largest, -127};
}

/// The end of the range nearer to 0 sets the zero point.
inline int32_t nudged_zero_point(double least, double most, double scale) {
  const double below = -least / scale, above = most / scale;
  const double point = 128.0 + below < 127.0 + above ? -128.0 + below : 127.0 - above;
  if (!(point > -128.0)) return -128;  // NaN too
  if (point >= 127.0) return 127;
  return static_cast<int32_t>(point < 0 ? point - 0.5 : point + 0.5);
}

/// The range, a difference of floats, becomes -128 ... 127.
inline DynamicSteps asymmetric_steps(FloatRange range) {
  if (range.least == range.most) return {{1.0F, 0}, 0.0F, -128};
  const double scale = static_cast<double>(range.most - range.least) / 255.0;
  const auto narrow = static_cast<float>(scale);
  const int32_t zero_point =
      nudged_zero_point(static_cast<double>(range.least), static_cast<double>(range.most), scale);
  return {{narrow, zero_point}, 1.0F / narrow, -128};
}

inline DynamicScale quantize_in_steps(const DynamicSteps& steps, const float* input, int32_t count, int8_t* output) {
  for (int32_t i = 0; i < count; ++i) {
    const int32_t step = steps.scale.zero_point + round_within(input[i] * steps.inverse, 1000.0F);
    output[i] = static_cast<int8_t>(clamp(step, steps.least, 127));
  }
  return steps.scale;
}

inline DynamicScale quantize_symmetric(const float* input, int32_t count, int8_t* output) {
  return quantize_in_steps(symmetric_steps(range_with_zero(input, count)), input, count, output);
}

inline DynamicScale quantize_asymmetric(const float* input, int32_t count, int8_t* output) {
  return quantize_in_steps(asymmetric_steps(range_with_zero(input, count)), input, count, output);
}

/// How an integer sum becomes a layer's float result: sum * scale * again + bias, in this order.
struct DynamicRescale {
  float scale;
  float again;
  float bias;
};

/// The order of the factors is TensorFlow Lite's: the product of both scales, or first that of the weights, as in
/// convolutions with a scale for each channel.
inline DynamicRescale dynamic_rescale(float weights_scale, float input_scale, bool weights_first, const float* bias,
                                      int32_t channel) {
  const float first = weights_first ? 1.0F : input_scale, again = weights_first ? input_scale : 1.0F;
  return {weights_scale * first, again, bias ? bias[channel] : 0.0F};
}

/// activation is {least, most}.
inline float dynamic_result(int32_t sum, DynamicRescale r, const float* activation) {
  const float y = static_cast<float>(sum) * r.scale * r.again + r.bias;
  return y < activation[0] ? activation[0] : y > activation[1] ? activation[1] : y;
}

/// dynamic_result for consecutive output channels; Int8Channels is its integer counterpart.
struct DynamicChannels {
  using Rescale = DynamicRescale;
  const float* weights_scale;
  int32_t scale_stride;
  float first;        ///< of the factors, beside the weights' scale
  float again;        ///< DynamicRescale's
  const float* bias;  ///< may be null
  const float* activation;

  void skip(int32_t count) {
    weights_scale += count * scale_stride;
    if (bias) bias += count;
  }
  int32_t start(int32_t) const { return 0; }
  Rescale rescale(int32_t ahead) const {
    return {weights_scale[ahead * scale_stride] * first, again, bias ? bias[ahead] : 0.0F};
  }
  float result(int32_t sum, Rescale r) const { return dynamic_result(sum, r, activation); }
  void bound(float*, int32_t) const {}
};

/// With the factors in dynamic_rescale's order.
inline DynamicChannels dynamic_channels(const float* weights_scale, int32_t scale_stride, float input_scale,
                                        bool weights_first, const float* bias, const float* activation) {
  const float first = weights_first ? 1.0F : input_scale, again = weights_first ? input_scale : 1.0F;
  return {weights_scale, scale_stride, first, again, bias, activation};
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
