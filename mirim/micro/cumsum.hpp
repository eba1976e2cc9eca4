// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/arithmetic.hpp"
#include "mirim/micro/requantize.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// Input and output [outer, length, inner], summed along the middle axis.
struct CumsumParams {
  int32_t outer;
  int32_t length;
  int32_t inner;
  int32_t exclusive;          ///< 1: an element's own value is left out of its sum
  int32_t reverse;            ///< 1: from the end to the beginning
  int32_t input_offset;       ///< minus the input's zero point; from here on for int8 only
  int32_t output_multiplier;  ///< from sums with 19 bits of fraction to steps of the output
  int32_t output_shift;
  int32_t output_offset;
};

template <class V>
constexpr void fields(V&& v, const CumsumParams& p) {
  v("outer", p.outer);
  v("length", p.length);
  v("inner", p.inner);
  v("exclusive", p.exclusive);
  v("reverse", p.reverse);
  v("input_offset", p.input_offset);
  v("output_multiplier", p.output_multiplier);
  v("output_shift", p.output_shift);
  v("output_offset", p.output_offset);
}

/// *output = result(start + sum of term(x) up to there) for each line of elements. Works in place.
template <class Sum, class T, class Term, class Result>
inline void for_each_sum(const CumsumParams& p, const T* input, T* output, Sum start, Term term, Result result) {
  const int32_t step = p.reverse ? -p.inner : p.inner;
  for (int32_t o = 0; o < p.outer; ++o) {
    for (int32_t i = 0; i < p.inner; ++i) {
      int32_t at = (o * p.length + (p.reverse ? p.length - 1 : 0)) * p.inner + i;
      Sum sum = start;
      for (int32_t k = 0; k < p.length; ++k, at += step) {
        const Sum next = sum_of(sum, term(input[at]));
        output[at] = result(p.exclusive ? sum : next);
        sum = next;
      }
    }
  }
}

/// output[k] = sum of input[j] for j <= k; T is float, int32_t or int64_t; integers wrap around.
template <class T>
inline void cumsum(const CumsumParams& p, const T* input, T* output) {
  for_each_sum(
      p, input, output, T{0}, [](T x) { return x; }, [](T sum) { return sum; });
}

/// The same for int8, rescaled. The sums start at term(0), as tflite-micro's do, instead of 0; the two are equal if the
/// zero point is 0.
inline void cumsum_int8(const CumsumParams& p, const int8_t* input, int8_t* output) {
  const auto term = [&p](int32_t x) { return shift_left(x + p.input_offset, 19); };
  for_each_sum(p, input, output, term(0), term, [&p](int32_t sum) {
    const int32_t scaled = multiply_by_quantized_multiplier(sum, p.output_multiplier, p.output_shift);
    return static_cast<int8_t>(clamp(p.output_offset + scaled, -128, 127));
  });
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
