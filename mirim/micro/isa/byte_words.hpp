// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/simd32.hpp"

/// Four signed bytes in a word.
namespace mirim {
namespace micro {
inline namespace v0 {

#ifdef MIRIM_SIMD32

/// The larger of each two bytes. SSUB8 says by its flags which are, SEL takes them.
inline uint32_t larger_bytes(uint32_t a, uint32_t b) {
  uint32_t y;
  __asm__("ssub8 %0, %1, %2\n\tsel %0, %1, %2" : "=&r"(y) : "r"(a), "r"(b));
  return y;
}
inline uint32_t smaller_bytes(uint32_t a, uint32_t b) {
  uint32_t y;
  __asm__("ssub8 %0, %1, %2\n\tsel %0, %2, %1" : "=&r"(y) : "r"(a), "r"(b));
  return y;
}

#else

constexpr uint32_t bytes_where(uint32_t a, uint32_t b, bool larger) {
  uint32_t y = 0;
  for (int i = 0; i < 4; ++i) {
    const bool takes_a = (signed_byte(a, i) >= signed_byte(b, i)) == larger;
    y |= (takes_a ? a : b) & UINT32_C(0xff) << (8 * i);
  }
  return y;
}
constexpr uint32_t larger_bytes(uint32_t a, uint32_t b) { return bytes_where(a, b, true); }
constexpr uint32_t smaller_bytes(uint32_t a, uint32_t b) { return bytes_where(a, b, false); }

#endif

/// A word with `value` in every byte.
constexpr uint32_t all_bytes(int32_t value) { return (static_cast<uint32_t>(value) & 0xff) * UINT32_C(0x01010101); }

inline void store_word(void* to, uint32_t word) { __builtin_memcpy(to, &word, sizeof word); }

/// Sums of four channels in two words of two; at most kMostInLanes elements.
struct ByteSums {
  uint32_t even;
  uint32_t odd;

  void add(uint32_t four) {
    even = even_bytes_plus(even, four);
    odd = odd_bytes_plus(odd, four);
  }
  int32_t of(int channel) const {
    const uint32_t two = channel % 2 == 0 ? even : odd;
    return channel < 2 ? static_cast<int16_t>(two & 0xffff) : static_cast<int32_t>(two) >> 16;
  }
};

/// 256 * -128 is the least of 16 bits.
constexpr int32_t kMostInLanes = 256;

}  // namespace v0
}  // namespace micro
}  // namespace mirim
