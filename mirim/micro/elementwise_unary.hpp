// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/arithmetic.hpp"
#include "mirim/micro/float_math.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

struct ElementwiseUnaryParams {
  int32_t count;
};

template <class V>
constexpr void fields(V&& v, const ElementwiseUnaryParams& p) {
  v("count", p.count);
}

/// Functions of one float, some also of an integer, named like their operators.
namespace unary {

// clang-format off
struct Abs       { static float of(float x) { return absolute(x); }
                   static int32_t of(int32_t x) { return x < 0 ? difference_of(0, x) : x; } };
struct Ceil      { static float of(float x) { return -rounded_down(-x); } };
struct Cos       { static float of(float x) { return cosine(x); } };
struct Elu       { static float of(float x) { return x < 0 ? exponential_minus_one(x) : x; } };
struct Exp       { static float of(float x) { return exponential(x); } };
struct Floor     { static float of(float x) { return rounded_down(x); } };
struct Gelu      { static float of(float x) { return 0.5F * x * (1 + error_function(x * 0.707106781F)); } };
struct GeluTanh  { static float of(float x) { return 0.5F * x * (1 + hyperbolic_tangent(0.797884561F * (x + 0.044715F * x * x * x))); } };
struct HardSwish { static float of(float x) { return x * (x < -3 ? 0 : x > 3 ? 6 : x + 3) / 6; } };
struct Log       { static float of(float x) { return logarithm(x); } };
struct Logistic  { static float of(float x) { return logistic_function(x); } };
struct Mish      { static float of(float x) { return x * hyperbolic_tangent(soft_plus(x)); } };
struct Neg       { static float of(float x) { return -x; }
                   template <class T> static T of(T x) { return difference_of(T{0}, x); } };
struct Relu      { static float of(float x) { return x < 0 ? 0 : x; } };
struct Relu0To1  { static float of(float x) { return x < 0 ? 0 : x > 1 ? 1 : x; } };
struct Relu6     { static float of(float x) { return x < 0 ? 0 : x > 6 ? 6 : x; } };
struct ReluN1To1 { static float of(float x) { return x < -1 ? -1 : x > 1 ? 1 : x; } };
struct Round     { static float of(float x) { return rounded_to_even(x); } };
struct Rsqrt     { static float of(float x) { return inverse_square_root(x); } };
struct Selu      { static float of(float x) { return 1.05070099F * (x < 0 ? 1.67326324F * exponential_minus_one(x) : x); } };
struct Sign      { template <class T> static T of(T x) { return x > T{0} ? T{1} : x < T{0} ? static_cast<T>(-1) : x; } };
struct Sin       { static float of(float x) { return sine(x); } };
struct Softplus  { static float of(float x) { return soft_plus(x); } };
struct Softsign  { static float of(float x) { return x / (1 + absolute(x)); } };
struct Sqrt      { static float of(float x) { return square_root(x); } };
struct Square    { static float of(float x) { return x * x; } };
struct Step      { static float of(float x) { return x > 0 ? 1.0F : 0.0F; } };
struct Swish     { static float of(float x) { return x * logistic_function(x); } };
struct Tanh      { static float of(float x) { return hyperbolic_tangent(x); } };
// clang-format on

}  // namespace unary

/// output[i] = F of input[i]; T is float, int32_t or int64_t.
template <class F, class T>
inline void elementwise_unary(const ElementwiseUnaryParams& p, const T* input, T* output) {
  for (int32_t i = 0; i < p.count; ++i) output[i] = F::of(input[i]);
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
