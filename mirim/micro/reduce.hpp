// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/arithmetic.hpp"
#include "mirim/micro/requantize.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// The input's axes, with neighbours of one kind merged: up to three that are kept and up to three that are reduced,
/// outermost first, each with its stride in the input; unused ones have size 1. The output is dense.
struct ReduceParams {
  int32_t kept_size[3];
  int32_t kept_stride[3];
  int32_t reduced_size[3];
  int32_t reduced_stride[3];
};

template <class V>
constexpr void fields(V&& v, const ReduceParams& p) {
  v("kept_size", p.kept_size);
  v("kept_stride", p.kept_stride);
  v("reduced_size", p.reduced_size);
  v("reduced_stride", p.reduced_stride);
}

/// For a mean or sum of quantized elements, with the axes as in ReduceParams.
struct MeanParams {
  int32_t kept_size[3];
  int32_t kept_stride[3];
  int32_t reduced_size[3];
  int32_t reduced_stride[3];
  int32_t input_zero_points;  ///< the input's zero point times the number of added elements
  int32_t output_offset;
  int32_t multiplier;  ///< input scale / output scale, for a mean / number of added elements
  int32_t shift;
  int32_t output_min;  ///< of the type
  int32_t output_max;
};

template <class V>
constexpr void fields(V&& v, const MeanParams& p) {
  v("kept_size", p.kept_size);
  v("kept_stride", p.kept_stride);
  v("reduced_size", p.reduced_size);
  v("reduced_stride", p.reduced_stride);
  v("input_zero_points", p.input_zero_points);
  v("output_offset", p.output_offset);
  v("multiplier", p.multiplier);
  v("shift", p.shift);
  v("output_min", p.output_min);
  v("output_max", p.output_max);
}

/// f(... f(f(start, x0), x1) ...) over the reduced axes, starting at `first`.
template <class Params, class T, class Result, class F>
inline Result reduced(const Params& p, const T* first, Result start, F f) {
  for (int32_t i = 0; i < p.reduced_size[0]; ++i) {
    for (int32_t j = 0; j < p.reduced_size[1]; ++j) {
      const T* line = first + i * p.reduced_stride[0] + j * p.reduced_stride[1];
      for (int32_t k = 0; k < p.reduced_size[2]; ++k) start = f(start, line[k * p.reduced_stride[2]]);
    }
  }
  return start;
}

/// *output++ = f(its first input element) for each output element in order.
template <class Params, class T, class F>
inline void for_each_kept(const Params& p, const T* input, T* output, F f) {
  for (int32_t i = 0; i < p.kept_size[0]; ++i) {
    for (int32_t j = 0; j < p.kept_size[1]; ++j) {
      for (int32_t k = 0; k < p.kept_size[2]; ++k) {
        *output++ = f(input + i * p.kept_stride[0] + j * p.kept_stride[1] + k * p.kept_stride[2]);
      }
    }
  }
}

/// output[kept] = clamp(output_offset + requantize(sum over reduced of input[kept, reduced] - input_zero_points)), for
/// int8, uint8 or int16 (T).
template <class T>
inline void mean(const MeanParams& p, const T* input, T* output) {
  for_each_kept(p, input, output, [&p](const T* first) {
    const int32_t sum = reduced(p, first, int32_t{0}, [](int32_t s, T x) { return s + x; }) - p.input_zero_points;
    const int32_t scaled = p.output_offset + multiply_by_quantized_multiplier(sum, p.multiplier, p.shift);
    return static_cast<T>(clamp(scaled, p.output_min, p.output_max));
  });
}

/// output[kept] = sum over reduced of input[kept, reduced]; T is float, int32_t or int64_t; integers wrap around.
template <class T>
inline void sum_numbers(const ReduceParams& p, const T* input, T* output) {
  for_each_kept(p, input, output,
                [&p](const T* first) { return reduced(p, first, T{0}, [](T s, T x) { return sum_of(s, x); }); });
}

/// That sum divided by the number of its elements; integers are truncated.
template <class T>
inline void mean_of_numbers(const ReduceParams& p, const T* input, T* output) {
  const auto count = static_cast<T>(p.reduced_size[0] * p.reduced_size[1] * p.reduced_size[2]);
  for_each_kept(p, input, output, [&p, count](const T* first) {
    return quotient_of(reduced(p, first, T{0}, [](T s, T x) { return sum_of(s, x); }), count);
  });
}

/// Their product.
template <class T>
inline void product_of_numbers(const ReduceParams& p, const T* input, T* output) {
  for_each_kept(p, input, output,
                [&p](const T* first) { return reduced(p, first, T{1}, [](T s, T x) { return product_of(s, x); }); });
}

/// The largest and the smallest of them, for any type of numbers; for bool, whether any and whether all are true.
template <class T>
inline void reduce_max(const ReduceParams& p, const T* input, T* output) {
  for_each_kept(p, input, output,
                [&p](const T* first) { return reduced(p, first, *first, [](T s, T x) { return x > s ? x : s; }); });
}
template <class T>
inline void reduce_min(const ReduceParams& p, const T* input, T* output) {
  for_each_kept(p, input, output,
                [&p](const T* first) { return reduced(p, first, *first, [](T s, T x) { return x < s ? x : s; }); });
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
