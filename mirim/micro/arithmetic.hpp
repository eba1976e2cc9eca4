// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/broadcast.hpp"
#include "mirim/micro/float_math.hpp"

/// Arithmetic on plain numbers (float, int32_t, int64_t), not quantized ones. Integers wrap around, and a quotient by 0
/// is 0; C++ leaves both undefined.
namespace mirim {
namespace micro {
inline namespace v0 {

/// Sizes and strides as in for_each_pair.
template <class T>
struct ArithmeticParams {
  int32_t size[5];
  int32_t input1_stride[5];
  int32_t input2_stride[5];
  T activation_min;
  T activation_max;
};

template <class V, class T>
constexpr void fields(V&& v, const ArithmeticParams<T>& p) {
  v("size", p.size);
  v("input1_stride", p.input1_stride);
  v("input2_stride", p.input2_stride);
  v("activation_min", p.activation_min);
  v("activation_max", p.activation_max);
}

inline float sum_of(float a, float b) { return a + b; }
inline float difference_of(float a, float b) { return a - b; }
inline float product_of(float a, float b) { return a * b; }
inline float quotient_of(float a, float b) { return a / b; }

inline int32_t sum_of(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
}
inline int32_t difference_of(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) - static_cast<uint32_t>(b));
}
inline int32_t product_of(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) * static_cast<uint32_t>(b));
}
inline int32_t quotient_of(int32_t a, int32_t b) { return b == 0 ? 0 : b == -1 ? difference_of(0, a) : a / b; }

inline int64_t sum_of(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
inline int64_t difference_of(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}
inline int64_t product_of(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
}
inline int64_t quotient_of(int64_t a, int64_t b) { return b == 0 ? 0 : b == -1 ? difference_of(int64_t{0}, a) : a / b; }

/// a / b rounded down.
inline float whole_quotient_of(float a, float b) { return rounded_down(a / b); }
template <class T>
inline T whole_quotient_of(T a, T b) {
  const T quotient = quotient_of(a, b);
  const bool rounded_up = b != 0 && b != -1 && a % b != 0 && (a < 0) != (b < 0);
  return rounded_up ? quotient - 1 : quotient;
}

/// a minus b times the rounded-down quotient; it has b's sign.
inline float remainder_of(float a, float b) {
  const float rest = remainder(a, b);
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}
template <class T>
inline T remainder_of(T a, T b) {
  const T rest = b == 0 || b == -1 ? T{0} : static_cast<T>(a % b);
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

/// output[d] = clamp(f(input1[d], input2[d])).
template <class T, class F>
inline void for_each_number(const ArithmeticParams<T>& p, const T* input1, const T* input2, T* output, F f) {
  for_each_pair(p, input1, input2, output, [&p, f](T a, T b) {
    const T y = f(a, b);
    return y < p.activation_min ? p.activation_min : y > p.activation_max ? p.activation_max : y;
  });
}

/// output[d] = clamp(input1[d] + input2[d]), and the same with other operations.
template <class T>
inline void add_numbers(const ArithmeticParams<T>& p, const T* input1, const T* input2, T* output) {
  for_each_number(p, input1, input2, output, [](T a, T b) { return sum_of(a, b); });
}
template <class T>
inline void sub_numbers(const ArithmeticParams<T>& p, const T* input1, const T* input2, T* output) {
  for_each_number(p, input1, input2, output, [](T a, T b) { return difference_of(a, b); });
}
template <class T>
inline void mul_numbers(const ArithmeticParams<T>& p, const T* input1, const T* input2, T* output) {
  for_each_number(p, input1, input2, output, [](T a, T b) { return product_of(a, b); });
}
template <class T>
inline void div_numbers(const ArithmeticParams<T>& p, const T* input1, const T* input2, T* output) {
  for_each_number(p, input1, input2, output, [](T a, T b) { return quotient_of(a, b); });
}
template <class T>
inline void floor_div_numbers(const ArithmeticParams<T>& p, const T* input1, const T* input2, T* output) {
  for_each_number(p, input1, input2, output, [](T a, T b) { return whole_quotient_of(a, b); });
}
template <class T>
inline void floor_mod_numbers(const ArithmeticParams<T>& p, const T* input1, const T* input2, T* output) {
  for_each_number(p, input1, input2, output, [](T a, T b) { return remainder_of(a, b); });
}
template <class T>
inline void squared_difference_of_numbers(const ArithmeticParams<T>& p, const T* input1, const T* input2, T* output) {
  for_each_number(p, input1, input2, output,
                  [](T a, T b) { return product_of(difference_of(a, b), difference_of(a, b)); });
}
/// input2 is the slope below zero.
template <class T>
inline void prelu_of_numbers(const ArithmeticParams<T>& p, const T* input1, const T* input2, T* output) {
  for_each_number(p, input1, input2, output, [](T a, T b) { return a >= T{0} ? a : product_of(a, b); });
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
