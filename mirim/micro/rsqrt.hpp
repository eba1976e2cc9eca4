// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/fixed_point.hpp"
#include "mirim/micro/requantize.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

struct RsqrtParams {
  int32_t count;
  int32_t multiplier;  ///< 1 / sqrt(input scale) / output scale / 2^20
  int32_t shift;
};

template <class V>
constexpr void fields(V&& v, const RsqrtParams& p) {
  v("count", p.count);
  v("multiplier", p.multiplier);
  v("shift", p.shift);
}

/// output[i] = requantize(1 / sqrt(input[i])), the largest number if the input is 0 or less; int16 with zero points 0.
inline void rsqrt_int16(const RsqrtParams& p, const int16_t* input, int16_t* output) {
  constexpr int32_t kExtraBits = 20;  // 1 / sqrt(x) is less than 1
  for (int32_t i = 0; i < p.count; ++i) {
    int32_t result = INT16_MAX;
    if (input[i] > 0) {
      const FixedPoint root = inverse_square_root(int32_t{input[i]});
      const int32_t scaled = multiply_by_quantized_multiplier(1, root.multiplier, root.shift + kExtraBits);
      result = multiply_by_quantized_multiplier(scaled, p.multiplier, p.shift);
    }
    output[i] = static_cast<int16_t>(clamp(result, INT16_MIN, INT16_MAX));
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
