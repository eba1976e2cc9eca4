// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/unroll.hpp"

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

/// Elements as words, and what is left as bytes.
template <class T>
inline void copy_elements(const T* from, T* to, int32_t count) {
  const auto* source = reinterpret_cast<const uint8_t*>(from);
  auto* target = reinterpret_cast<uint8_t*>(to);
  int32_t bytes = count * static_cast<int32_t>(sizeof(T));
  MIRIM_UNROLL(4)
  for (; bytes >= 4; bytes -= 4, source += 4, target += 4) __builtin_memcpy(target, source, 4);
  MIRIM_UNROLL(1)
  for (; bytes > 0; --bytes) *target++ = *source++;
}

template <class T>
inline T* fill_elements(T* to, int32_t count, T value) {
  if (sizeof(T) == 1) {
    const uint32_t word = static_cast<uint8_t>(value) * 0x01010101U;
    MIRIM_UNROLL(4)
    for (; count >= 4; count -= 4, to += 4) __builtin_memcpy(to, &word, 4);
  }
  MIRIM_UNROLL(1)
  for (; count > 0; --count) *to++ = value;
  return to;
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
          if (!inside(0, d0) || !inside(1, d1) || !inside(2, d2) || !inside(3, d3)) {
            output = fill_elements(output, size[4], p.value);
            continue;
          }
          // Input and output are walked in the same order, so the next elements are always the right ones.
          output = fill_elements(output, p.before[4], p.value);
          copy_elements(input, output, p.size[4]);
          input += p.size[4];
          output = fill_elements(output + p.size[4], p.after[4], p.value);
        }
      }
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
