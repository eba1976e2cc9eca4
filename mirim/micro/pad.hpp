// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

namespace mirim {
namespace micro {
inline namespace v0 {

/// Any type (T): an input of the five dimensions `size` (leading ones for a smaller rank); along axis k the output has
/// before[k] elements of padding before it and after[k] after it.
template <class T>
struct PadParams {
  int32_t size[5];
  int32_t before[5];
  int32_t after[5];
  T value;
};

template <class V, class T>
constexpr void fields(V&& v, const PadParams<T>& p) {
  v("size", p.size);
  v("before", p.before);
  v("after", p.after);
  v("value", p.value);
}

/// output[d] = input[d - before] if that is in the input, else value.
template <class T>
inline void pad(const PadParams<T>& p, const T* input, T* output) {
  int32_t size[5];
  for (int k = 0; k < 5; ++k) size[k] = p.before[k] + p.size[k] + p.after[k];
  const auto inside = [&p](int axis, int32_t index) {
    return index >= p.before[axis] && index < p.before[axis] + p.size[axis];
  };
  for (int32_t d0 = 0; d0 < size[0]; ++d0) {
    for (int32_t d1 = 0; d1 < size[1]; ++d1) {
      for (int32_t d2 = 0; d2 < size[2]; ++d2) {
        for (int32_t d3 = 0; d3 < size[3]; ++d3) {
          const bool line = inside(0, d0) && inside(1, d1) && inside(2, d2) && inside(3, d3);
          // Input and output are walked in the same order, so the next input element is always the right one.
          for (int32_t d4 = 0; d4 < size[4]; ++d4) {
            *output++ = line && inside(4, d4) ? *input++ : p.value;
          }
        }
      }
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
