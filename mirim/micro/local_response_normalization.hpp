// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/float_math.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// input and output [rows, depth].
struct LocalResponseNormalizationParams {
  int32_t rows;
  int32_t depth;
  int32_t radius;
  float bias;
  float alpha;
  float beta;
};

template <class V>
constexpr void fields(V&& v, const LocalResponseNormalizationParams& p) {
  v("rows", p.rows);
  v("depth", p.depth);
  v("radius", p.radius);
  v("bias", p.bias);
  v("alpha", p.alpha);
  v("beta", p.beta);
}

/// output[r, c] = input[r, c] * (bias + alpha * sum of squares of input[r, c - radius ... c + radius])^-beta.
inline void local_response_normalization(const LocalResponseNormalizationParams& p, const float* input, float* output) {
  for (int32_t r = 0; r < p.rows; ++r, input += p.depth, output += p.depth) {
    for (int32_t c = 0; c < p.depth; ++c) {
      const int32_t first = c < p.radius ? 0 : c - p.radius;
      const int32_t last = c < p.depth - 1 - p.radius ? c + p.radius : p.depth - 1;
      float sum = 0;
      for (int32_t k = first; k <= last; ++k) sum += input[k] * input[k];
      output[c] = input[c] * power(p.bias + p.alpha * sum, -p.beta);
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
