// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

namespace mirim {
namespace micro {
inline namespace v0 {

/// inputs [outer, part[i]], output [outer, sum of part]. part[i] is the product of input i's size along the axis and
/// all later dimensions; for inputs packed along a new axis, only of the latter.
struct ConcatenationParams {
  int32_t outer;
};

template <class V>
constexpr void fields(V&& v, const ConcatenationParams& p) {
  v("outer", p.outer);
}

/// output[o] = inputs[0][o], inputs[1][o], ... joined.
template <class T>
inline void concatenate(const ConcatenationParams& p, const int32_t* part, T* output, const T* const* inputs,
                        int32_t count) {
  for (int32_t o = 0; o < p.outer; ++o) {
    for (int32_t i = 0; i < count; ++i) {
      const T* from = inputs[i] + o * part[i];
      for (int32_t k = 0; k < part[i]; ++k) *output++ = from[k];
    }
  }
}

/// The same with the inputs as arguments.
template <class T, class... Inputs>
inline void concatenation(const ConcatenationParams& p, const int32_t* part, T* output, Inputs... inputs) {
  const T* const sources[] = {inputs...};
  concatenate(p, part, output, sources, static_cast<int32_t>(sizeof...(Inputs)));
}

/// The same for 8-bit inputs with different scales: element e of input i becomes tables[256 * i + e].
inline void concatenate_rescaled(const ConcatenationParams& p, const int32_t* part, const uint8_t* tables,
                                 uint8_t* output, const uint8_t* const* inputs, int32_t count) {
  for (int32_t o = 0; o < p.outer; ++o) {
    for (int32_t i = 0; i < count; ++i) {
      const uint8_t* from = inputs[i] + o * part[i];
      for (int32_t k = 0; k < part[i]; ++k) *output++ = tables[256 * i + from[k]];
    }
  }
}

template <class... Inputs>
inline void concatenation_rescaled(const ConcatenationParams& p, const int32_t* part, const uint8_t* tables,
                                   uint8_t* output, Inputs... inputs) {
  const uint8_t* const sources[] = {inputs...};
  concatenate_rescaled(p, part, tables, output, sources, static_cast<int32_t>(sizeof...(Inputs)));
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
