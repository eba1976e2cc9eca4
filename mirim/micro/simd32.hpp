// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

/// The DSP instructions of Armv7E-M (Cortex-M4, M7) and Armv8-M (M33) that work on two 16-bit numbers in a word, and
/// the same in C++ for other cores, so that code built on them can be tested anywhere.
namespace mirim {
namespace micro {
inline namespace v0 {

/// Four bytes from any address, the first in the lowest bits.
inline uint32_t load_word(const void* from) {
  uint32_t word;
  __builtin_memcpy(&word, from, sizeof word);
  return word;
}

/// A word with `value` in both halves.
inline uint32_t both_halves(int32_t value) { return (static_cast<uint32_t>(value) & 0xffff) * 0x10001; }

// Clang never says that words may be read from any address, though it does so unless told otherwise.
#if defined(__ARM_FEATURE_SIMD32) && (defined(__ARM_FEATURE_UNALIGNED) || defined(__clang__)) && \
    defined(__thumb2__) && !defined(__ARM_BIG_ENDIAN)

#define MIRIM_SIMD32
constexpr bool kSimd32 = true;

// The innermost loops are in assembly if the compiler leaves them all 14 registers: GCC with optimisation. They need
// each; from C++, GCC 12 spills half of their values. A function with such a loop is not inlined: GCC may find too few
// registers in the surrounding code, which is an error. Memory operands are "+m": the address of a constant would take
// a register. MIRIM_NO_ASSEMBLY selects C++, for a build with fewer registers.
#if defined(__GNUC__) && !defined(__clang__) && defined(__OPTIMIZE__) && !defined(__PIC__) && \
    !defined(MIRIM_NO_ASSEMBLY)
#define MIRIM_ALL_REGISTERS
#endif

/// Signed bytes 0 and 2 of `bytes`, each as a half.
inline uint32_t even_bytes(uint32_t bytes) {
  uint32_t y;
  __asm__("sxtb16 %0, %1" : "=r"(y) : "r"(bytes));
  return y;
}
/// Signed bytes 1 and 3.
inline uint32_t odd_bytes(uint32_t bytes) {
  uint32_t y;
  __asm__("sxtb16 %0, %1, ror #8" : "=r"(y) : "r"(bytes));
  return y;
}
/// The same added to the halves of `to`.
inline uint32_t even_bytes_plus(uint32_t to, uint32_t bytes) {
  uint32_t y;
  __asm__("sxtab16 %0, %1, %2" : "=r"(y) : "r"(to), "r"(bytes));
  return y;
}
inline uint32_t odd_bytes_plus(uint32_t to, uint32_t bytes) {
  uint32_t y;
  __asm__("sxtab16 %0, %1, %2, ror #8" : "=r"(y) : "r"(to), "r"(bytes));
  return y;
}
/// The sums and differences of both halves, each modulo 2^16.
inline uint32_t add_halves(uint32_t a, uint32_t b) {
  uint32_t y;
  __asm__("sadd16 %0, %1, %2" : "=r"(y) : "r"(a), "r"(b));
  return y;
}
inline uint32_t subtract_halves(uint32_t a, uint32_t b) {
  uint32_t y;
  __asm__("ssub16 %0, %1, %2" : "=r"(y) : "r"(a), "r"(b));
  return y;
}
/// sum + the products of both halves.
inline int32_t add_products(int32_t sum, uint32_t a, uint32_t b) {
  int32_t y;
  __asm__("smlad %0, %1, %2, %3" : "=r"(y) : "r"(a), "r"(b), "r"(sum));
  return y;
}
/// sum + the product of the low halves.
inline int32_t add_low_product(int32_t sum, uint32_t a, uint32_t b) {
  int32_t y;
  __asm__("smlabb %0, %1, %2, %3" : "=r"(y) : "r"(a), "r"(b), "r"(sum));
  return y;
}
/// sum + the product of the high halves.
inline int32_t add_high_product(int32_t sum, uint32_t a, uint32_t b) {
  int32_t y;
  __asm__("smlatt %0, %1, %2, %3" : "=r"(y) : "r"(a), "r"(b), "r"(sum));
  return y;
}
/// round(a * b / 2^32), ties towards plus infinity.
inline int32_t rounded_high_product(int32_t a, int32_t b) {
  int32_t y;
  __asm__("smmulr %0, %1, %2" : "=r"(y) : "r"(a), "r"(b));
  return y;
}
/// Four words: loads in a row, which take a cycle each but the first.
inline void load_four(const uint32_t* from, uint32_t& a, uint32_t& b, uint32_t& c, uint32_t& d) {
  __asm__(
      "ldr %0, [%4]\n"
      "ldr %1, [%4, #4]\n"
      "ldr %2, [%4, #8]\n"
      "ldr %3, [%4, #12]"
      : "=&r"(a), "=&r"(b), "=&r"(c), "=&r"(d)
      : "r"(from), "m"(*reinterpret_cast<const uint32_t(*)[4]>(from)));
}
/// Each index becomes the word at its place in the table, likewise.
inline void look_up(const uint32_t* table, uint32_t& a, uint32_t& b, uint32_t& c, uint32_t& d) {
  __asm__(
      "ldr %0, [%4, %0, lsl #2]\n"
      "ldr %1, [%4, %1, lsl #2]\n"
      "ldr %2, [%4, %2, lsl #2]\n"
      "ldr %3, [%4, %3, lsl #2]"
      : "+&r"(a), "+&r"(b), "+&r"(c), "+&r"(d)
      : "r"(table)
      : "memory");
}
/// x / 2, rounded down, saturated to int8.
inline int32_t saturated_half(int32_t x) {
  int32_t y;
  __asm__("ssat %0, #8, %1, asr #1" : "=r"(y) : "r"(x) : "cc");
  return y;
}

#else

constexpr bool kSimd32 = false;

constexpr int32_t low_half(uint32_t x) { return static_cast<int16_t>(x & 0xffff); }
constexpr int32_t high_half(uint32_t x) { return static_cast<int16_t>(x >> 16); }
constexpr int32_t signed_byte(uint32_t x, int index) { return static_cast<int8_t>(x >> (8 * index) & 0xff); }
constexpr uint32_t halves(int32_t low, int32_t high) {
  return (static_cast<uint32_t>(low) & 0xffff) | static_cast<uint32_t>(high) << 16;
}
constexpr int32_t wrapping_sum(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
}

inline uint32_t even_bytes(uint32_t bytes) { return halves(signed_byte(bytes, 0), signed_byte(bytes, 2)); }
inline uint32_t odd_bytes(uint32_t bytes) { return halves(signed_byte(bytes, 1), signed_byte(bytes, 3)); }
inline uint32_t even_bytes_plus(uint32_t to, uint32_t bytes) {
  return halves(low_half(to) + signed_byte(bytes, 0), high_half(to) + signed_byte(bytes, 2));
}
inline uint32_t odd_bytes_plus(uint32_t to, uint32_t bytes) {
  return halves(low_half(to) + signed_byte(bytes, 1), high_half(to) + signed_byte(bytes, 3));
}
inline uint32_t add_halves(uint32_t a, uint32_t b) {
  return halves(low_half(a) + low_half(b), high_half(a) + high_half(b));
}
inline uint32_t subtract_halves(uint32_t a, uint32_t b) {
  return halves(low_half(a) - low_half(b), high_half(a) - high_half(b));
}
inline int32_t add_low_product(int32_t sum, uint32_t a, uint32_t b) {
  return wrapping_sum(sum, low_half(a) * low_half(b));
}
inline int32_t add_high_product(int32_t sum, uint32_t a, uint32_t b) {
  return wrapping_sum(sum, high_half(a) * high_half(b));
}
inline int32_t add_products(int32_t sum, uint32_t a, uint32_t b) {
  return add_high_product(add_low_product(sum, a, b), a, b);
}
inline void load_four(const uint32_t* from, uint32_t& a, uint32_t& b, uint32_t& c, uint32_t& d) {
  a = from[0], b = from[1], c = from[2], d = from[3];
}
inline void look_up(const uint32_t* table, uint32_t& a, uint32_t& b, uint32_t& c, uint32_t& d) {
  a = table[a], b = table[b], c = table[c], d = table[d];
}
inline int32_t rounded_high_product(int32_t a, int32_t b) {
  return static_cast<int32_t>((static_cast<int64_t>(a) * b + (int64_t{1} << 31)) >> 32);
}
inline int32_t saturated_half(int32_t x) {
  const int32_t half = x >> 1;
  return half < -128 ? -128 : half > 127 ? 127 : half;
}

#endif

}  // namespace v0
}  // namespace micro
}  // namespace mirim
