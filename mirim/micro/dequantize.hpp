// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

namespace mirim::micro {
inline namespace v0 {

struct DequantizeParams {
  int32_t count;
  float scale;
  int32_t zero_point;
};

template <class V>
constexpr void fields(V&& v, const DequantizeParams& p) {
  v("count", p.count);
  v("scale", p.scale);
  v("zero_point", p.zero_point);
}

/// output[i] = scale * (input[i] - zero_point).
inline void dequantize(const DequantizeParams& p, const int8_t* input, float* output) {
  for (int32_t i = 0; i < p.count; ++i) output[i] = p.scale * static_cast<float>(input[i] - p.zero_point);
}

}  // namespace v0
}  // namespace mirim::micro
