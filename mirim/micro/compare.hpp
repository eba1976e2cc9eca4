// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/broadcast.hpp"
#include "mirim/micro/requantize.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// Sizes and strides as in for_each_pair.
struct CompareParams {
  int32_t size[5];
  int32_t input1_stride[5];
  int32_t input2_stride[5];
};

template <class V>
constexpr void fields(V&& v, const CompareParams& p) {
  v("size", p.size);
  v("input1_stride", p.input1_stride);
  v("input2_stride", p.input2_stride);
}

/// The same with multipliers that rescale both inputs to one scale, with 8 more bits.
struct ScaledCompareParams {
  int32_t size[5];
  int32_t input1_stride[5];
  int32_t input2_stride[5];
  int32_t input1_offset;
  int32_t input1_multiplier;
  int32_t input1_shift;
  int32_t input2_offset;
  int32_t input2_multiplier;
  int32_t input2_shift;
};

template <class V>
constexpr void fields(V&& v, const ScaledCompareParams& p) {
  v("size", p.size);
  v("input1_stride", p.input1_stride);
  v("input2_stride", p.input2_stride);
  v("input1_offset", p.input1_offset);
  v("input1_multiplier", p.input1_multiplier);
  v("input1_shift", p.input1_shift);
  v("input2_offset", p.input2_offset);
  v("input2_multiplier", p.input2_multiplier);
  v("input2_shift", p.input2_shift);
}

// clang-format off
struct Equal { template <class T> static bool of(T a, T b) { return a == b; } };
struct NotEqual { template <class T> static bool of(T a, T b) { return a != b; } };
struct Greater { template <class T> static bool of(T a, T b) { return a > b; } };
struct GreaterEqual { template <class T> static bool of(T a, T b) { return a >= b; } };
struct Less { template <class T> static bool of(T a, T b) { return a < b; } };
struct LessEqual { template <class T> static bool of(T a, T b) { return a <= b; } };
struct LogicalAnd { template <class T> static bool of(T a, T b) { return a && b; } };
struct LogicalOr { template <class T> static bool of(T a, T b) { return a || b; } };
// clang-format on

/// output[d] = whether F holds for input1[d] and input2[d], numbers or bools (T).
template <class F, class T>
inline void compare(const CompareParams& p, const T* input1, const T* input2, bool* output) {
  for_each_pair(p, input1, input2, output, [](T a, T b) { return F::of(a, b); });
}

/// The same for int8, uint8 and int16 with different scales.
template <class F, class T>
inline void compare_scaled(const ScaledCompareParams& p, const T* input1, const T* input2, bool* output) {
  for_each_pair(p, input1, input2, output, [&p](T a, T b) {
    const int32_t x =
        multiply_by_quantized_multiplier((a + p.input1_offset) * (1 << 8), p.input1_multiplier, p.input1_shift);
    const int32_t y =
        multiply_by_quantized_multiplier((b + p.input2_offset) * (1 << 8), p.input2_multiplier, p.input2_shift);
    return F::of(x, y);
  });
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
