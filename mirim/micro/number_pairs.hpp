// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/arithmetic.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// Sizes and strides as in for_each_pair.
struct NumberPairsParams {
  int32_t size[5];
  int32_t input1_stride[5];
  int32_t input2_stride[5];
};

template <class V>
constexpr void fields(V&& v, const NumberPairsParams& p) {
  v("size", p.size);
  v("input1_stride", p.input1_stride);
  v("input2_stride", p.input2_stride);
}

/// Functions of two numbers, named like their operators.
namespace pairs {

struct Atan2 {
  static float of(float a, float b) { return angle_of(a, b); }
};

struct BitwiseXor {
  template <class T>
  static T of(T a, T b) {
    return static_cast<T>(a ^ b);
  }
};

struct Pow {
  static float of(float a, float b) { return power(a, b); }
  /// By squaring; it wraps around. A negative power is rounded towards 0; that of 0 is 0.
  static int32_t of(int32_t a, int32_t b) {
    if (b < 0) return a == 1 || (a == -1 && b % 2 == 0) ? 1 : a == -1 ? -1 : 0;
    int32_t result = 1;
    for (; b > 0; b >>= 1) {
      if (b & 1) result = product_of(result, a);
      a = product_of(a, a);
    }
    return result;
  }
};

/// By 0 to all bits but one; a shift outside becomes the nearest of these. The sign is kept.
struct RightShift {
  template <class T>
  static T of(T a, T b) {
    constexpr T most = static_cast<T>(8 * sizeof(T) - 1);
    return static_cast<T>(a >> (b < T{0} ? T{0} : b > most ? most : b));
  }
};

}  // namespace pairs

/// output[d] = F of input1[d] and input2[d].
template <class F, class T>
inline void number_pairs(const NumberPairsParams& p, const T* input1, const T* input2, T* output) {
  for_each_pair(p, input1, input2, output, [](T a, T b) { return F::of(a, b); });
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
