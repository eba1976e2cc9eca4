// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/broadcast.hpp"
#include "mirim/micro/isa/word_products.hpp"
#include "mirim/micro/requantize.hpp"
#include "mirim/micro/unroll.hpp"

/// Linear functions of one or two int8: QUANTIZE, ADD and SUB as
///   output = clamp((start + slope1 * a / 256 + slope2 * b / 256) >> kShift), each quotient rounded down.
/// The numbers are found when the model is compiled, so that all pairs of int8 have the bits of the plain kernels
/// (mirim/offers/linear_fit.hpp). Four pairs take 26 instructions, with two loads and four stores.
namespace mirim {
namespace micro {
inline namespace v0 {

struct LinearParams {
  int32_t count;
  int32_t slope;
  int32_t start;
  int32_t activation_min;
  int32_t activation_max;
};

template <class V>
constexpr void fields(V&& v, const LinearParams& p) {
  v("count", p.count);
  v("slope", p.slope);
  v("start", p.start);
  v("activation_min", p.activation_min);
  v("activation_max", p.activation_max);
}

/// Sizes and strides as in for_each_pair; both strides of the last axis are 1.
struct LinearPairParams {
  int32_t size[5];
  int32_t input1_stride[5];
  int32_t input2_stride[5];
  int32_t slope1;
  int32_t slope2;
  int32_t start;
  int32_t activation_min;
  int32_t activation_max;
};

template <class V>
constexpr void fields(V&& v, const LinearPairParams& p) {
  v("size", p.size);
  v("input1_stride", p.input1_stride);
  v("input2_stride", p.input2_stride);
  v("slope1", p.slope1);
  v("slope2", p.slope2);
  v("start", p.start);
  v("activation_min", p.activation_min);
  v("activation_max", p.activation_max);
}

/// A sum as int8. Without kClamped the activation's range is that of int8.
template <int kShift, bool kClamped, class Params>
inline int8_t linear_result(const Params& p, int32_t sum) {
  const int32_t y = saturated_quotient<kShift>(sum);
  return static_cast<int8_t>(kClamped ? clamp(y, p.activation_min, p.activation_max) : y);
}

/// output[i] = f(input[i]). The output may overwrite the input.
template <int kShift, bool kClamped>
inline void linear(const LinearParams& p, const int8_t* input, int8_t* output) {
  const int32_t slope = p.slope, start = p.start;
  int32_t left = p.count;
  MIRIM_UNROLL(1)
  for (; left >= 4; left -= 4, input += 4, output += 4) {
    const uint32_t bytes = load_word(input), even = even_bytes_high(bytes), odd = odd_bytes_high(bytes);
    output[0] = linear_result<kShift, kClamped>(p, add_word_by_low(start, slope, even));
    output[1] = linear_result<kShift, kClamped>(p, add_word_by_low(start, slope, odd));
    output[2] = linear_result<kShift, kClamped>(p, add_word_by_high(start, slope, even));
    output[3] = linear_result<kShift, kClamped>(p, add_word_by_high(start, slope, odd));
  }
  MIRIM_UNROLL(1)
  for (; left > 0; --left) {
    *output++ = linear_result<kShift, kClamped>(
        p, add_word_by_low(start, slope, even_bytes_high(static_cast<uint8_t>(*input++))));
  }
}

template <int kShift, bool kClamped>
inline void linear_pair_row(const LinearPairParams& p, const int8_t* a, const int8_t* b, int8_t* output) {
  const int32_t slope1 = p.slope1, slope2 = p.slope2, start = p.start;
  const auto low = [=](uint32_t x, uint32_t y) {
    return add_word_by_low(add_word_by_low(start, slope1, x), slope2, y);
  };
  const auto high = [=](uint32_t x, uint32_t y) {
    return add_word_by_high(add_word_by_high(start, slope1, x), slope2, y);
  };
  int32_t left = p.size[4];
  MIRIM_UNROLL(1)
  for (; left >= 4; left -= 4, a += 4, b += 4, output += 4) {
    const uint32_t x = load_word(a), y = load_word(b);
    const uint32_t x_even = even_bytes_high(x), x_odd = odd_bytes_high(x);
    const uint32_t y_even = even_bytes_high(y), y_odd = odd_bytes_high(y);
    output[0] = linear_result<kShift, kClamped>(p, low(x_even, y_even));
    output[1] = linear_result<kShift, kClamped>(p, low(x_odd, y_odd));
    output[2] = linear_result<kShift, kClamped>(p, high(x_even, y_even));
    output[3] = linear_result<kShift, kClamped>(p, high(x_odd, y_odd));
  }
  MIRIM_UNROLL(1)
  for (; left > 0; --left) {
    const uint32_t x = static_cast<uint8_t>(*a++), y = static_cast<uint8_t>(*b++);
    *output++ = linear_result<kShift, kClamped>(p, low(even_bytes_high(x), even_bytes_high(y)));
  }
}

/// output[d] = f(input1[d], input2[d]). The output may overwrite an input that is not repeated.
template <int kShift, bool kClamped>
inline void linear_pair(const LinearPairParams& p, const int8_t* input1, const int8_t* input2, int8_t* output) {
  for_each_row_pair(p, input1, input2, output, [&p](const int8_t* a, const int8_t* b, int8_t* y) {
    linear_pair_row<kShift, kClamped>(p, a, b, y);
  });
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
