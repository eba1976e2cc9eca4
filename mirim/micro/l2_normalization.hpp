// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/fixed_point.hpp"
#include "mirim/micro/float_math.hpp"
#include "mirim/micro/requantize.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// Input and output [rows, depth]. For integers the output's scale is 1/128.
struct L2NormalizationParams {
  int32_t rows;
  int32_t depth;
  int32_t input_offset;   ///< minus the input's zero point
  int32_t output_offset;  ///< the output's zero point
};

template <class V>
constexpr void fields(V&& v, const L2NormalizationParams& p) {
  v("rows", p.rows);
  v("depth", p.depth);
  v("input_offset", p.input_offset);
  v("output_offset", p.output_offset);
}

/// output[r, d] = (input[r, d] + input_offset) / sqrt(sum over k of (input[r, k] + input_offset)^2), int8 or uint8 (T).
/// Works in place.
template <class T>
inline void l2_normalization(const L2NormalizationParams& p, const T* input, T* output) {
  constexpr bool kSigned = T(-1) < T(0);
  constexpr int32_t kLeast = kSigned ? -128 : 0;
  for (int32_t r = 0; r < p.rows; ++r, input += p.depth, output += p.depth) {
    int32_t sum = 0;
    for (int32_t d = 0; d < p.depth; ++d) {
      const int32_t x = input[d] + p.input_offset;
      sum += x * x;
    }
    const FixedPoint inverse = inverse_square_root(sum);
    for (int32_t d = 0; d < p.depth; ++d) {
      const int32_t x = input[d] + p.input_offset;
      // TensorFlow Lite has the scale's 128 in the shift for int8 and in the product for uint8, so they round
      // differently.
      const int32_t y = kSigned ? multiply_by_quantized_multiplier(x, inverse.multiplier, inverse.shift + 7)
                                : multiply_by_quantized_multiplier(128 * x, inverse.multiplier, inverse.shift);
      output[d] = static_cast<T>(clamp(p.output_offset + y, kLeast, kLeast + 255));
    }
  }
}

/// The float version; a norm below 1e-6 is replaced by 1e-6.
inline void l2_normalization_float(const L2NormalizationParams& p, const float* input, float* output) {
  for (int32_t r = 0; r < p.rows; ++r, input += p.depth, output += p.depth) {
    float sum = 0;
    for (int32_t d = 0; d < p.depth; ++d) sum += input[d] * input[d];
    const float root = square_root(sum), norm = root < 1e-6F ? 1e-6F : root;
    for (int32_t d = 0; d < p.depth; ++d) output[d] = input[d] / norm;
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
