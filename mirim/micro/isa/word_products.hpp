// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/isa/short_rescale.hpp"
#include "mirim/micro/simd32.hpp"

/// Products of 32-bit numbers with 16-bit ones, of 16-bit ones, and what makes int8 of them.
namespace mirim {
namespace micro {
inline namespace v0 {

#ifdef MIRIM_SIMD32

/// to + (a * the low half of b) / 2^16, rounded down.
inline int32_t add_word_by_low(int32_t to, int32_t a, uint32_t b) {
  int32_t y;
  __asm__("smlawb %0, %1, %2, %3" : "=r"(y) : "r"(a), "r"(b), "r"(to));
  return y;
}
/// The same with the high half.
inline int32_t add_word_by_high(int32_t to, int32_t a, uint32_t b) {
  int32_t y;
  __asm__("smlawt %0, %1, %2, %3" : "=r"(y) : "r"(a), "r"(b), "r"(to));
  return y;
}
/// The product of the low halves, and of the high ones.
inline int32_t low_product(uint32_t a, uint32_t b) {
  int32_t y;
  __asm__("smulbb %0, %1, %2" : "=r"(y) : "r"(a), "r"(b));
  return y;
}
inline int32_t high_product(uint32_t a, uint32_t b) {
  int32_t y;
  __asm__("smultt %0, %1, %2" : "=r"(y) : "r"(a), "r"(b));
  return y;
}
/// The sum of both.
inline int32_t sum_of_products(uint32_t a, uint32_t b) {
  int32_t y;
  __asm__("smuad %0, %1, %2" : "=r"(y) : "r"(a), "r"(b));
  return y;
}
/// x / 2^kShift, rounded down, saturated to int8.
template <int kShift>
inline int32_t saturated_quotient(int32_t x) {
  int32_t y;
  __asm__("ssat %0, #8, %1, asr %2" : "=r"(y) : "r"(x), "i"(kShift) : "cc");
  return y;
}

#else

inline int32_t add_word_by_low(int32_t to, int32_t a, uint32_t b) {
  return wrapping_add(to, static_cast<int32_t>((static_cast<int64_t>(a) * low_half(b)) >> 16));
}
inline int32_t add_word_by_high(int32_t to, int32_t a, uint32_t b) {
  return wrapping_add(to, static_cast<int32_t>((static_cast<int64_t>(a) * high_half(b)) >> 16));
}
inline int32_t low_product(uint32_t a, uint32_t b) { return low_half(a) * low_half(b); }
inline int32_t high_product(uint32_t a, uint32_t b) { return high_half(a) * high_half(b); }
inline int32_t sum_of_products(uint32_t a, uint32_t b) { return add_products(0, a, b); }
template <int kShift>
inline int32_t saturated_quotient(int32_t x) {
  const int32_t y = x >> kShift;
  return y < -128 ? -128 : y > 127 ? 127 : y;
}

#endif

/// Bytes 0 and 2 of four, times 256, as the halves of a word.
constexpr uint32_t even_bytes_high(uint32_t bytes) { return (bytes << 8) & 0xff00ff00U; }
/// Bytes 1 and 3.
constexpr uint32_t odd_bytes_high(uint32_t bytes) { return bytes & 0xff00ff00U; }

}  // namespace v0
}  // namespace micro
}  // namespace mirim
