// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

namespace mirim {
namespace micro {
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

/// x - zero_point as a float; for int32 the difference needs 64 bits.
template <class T>
constexpr float steps_from(T x, int32_t zero_point) {
  return static_cast<float>(static_cast<int32_t>(x) - zero_point);
}
constexpr float steps_from(int32_t x, int32_t zero_point) { return static_cast<float>(int64_t{x} - zero_point); }

/// output[i] = scale * (input[i] - zero_point).
template <class T>
inline void dequantize(const DequantizeParams& p, const T* input, float* output) {
  for (int32_t i = 0; i < p.count; ++i) output[i] = p.scale * steps_from(input[i], p.zero_point);
}

/// input [outer, channels, inner].
struct DequantizeChannelsParams {
  int32_t outer;
  int32_t channels;
  int32_t inner;
};

template <class V>
constexpr void fields(V&& v, const DequantizeChannelsParams& p) {
  v("outer", p.outer);
  v("channels", p.channels);
  v("inner", p.inner);
}

/// output[o, c, i] = scale[c] * (input[o, c, i] - zero_point[c]).
template <class T>
inline void dequantize_channels(const DequantizeChannelsParams& p, const T* input, const float* scale,
                                const int32_t* zero_point, float* output) {
  for (int32_t o = 0; o < p.outer; ++o) {
    for (int32_t c = 0; c < p.channels; ++c) {
      for (int32_t i = 0; i < p.inner; ++i) *output++ = scale[c] * steps_from(*input++, zero_point[c]);
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
