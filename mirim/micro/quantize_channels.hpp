// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/quantize.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// input [outer, channels, inner].
struct QuantizeChannelsParams {
  int32_t outer;
  int32_t channels;
  int32_t inner;
};

template <class V>
constexpr void fields(V&& v, const QuantizeChannelsParams& p) {
  v("outer", p.outer);
  v("channels", p.channels);
  v("inner", p.inner);
}

/// quantize with a scale and zero point for each channel.
template <class Output>
inline void quantize_channels(const QuantizeChannelsParams& p, const float* input, const float* scale,
                              const int32_t* zero_point, Output* output) {
  for (int32_t o = 0; o < p.outer; ++o) {
    for (int32_t c = 0; c < p.channels; ++c, input += p.inner, output += p.inner) {
      quantize<Output>({p.inner, scale[c], zero_point[c]}, input, output);
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
