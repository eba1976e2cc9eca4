// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/isa/naked.hpp"
#include "mirim/micro/simd32.hpp"
#include "mirim/micro/unroll.hpp"

/// Rows of bytes as a pixel's columns, where channels are no whole words: `paired_weight_at`
/// (mirim/micro/conv2d_paired.hpp) says in which order. Rows of eight bytes take 14 instructions, of nine, which a
/// 3x3x3 filter has, 18; others about 10 a word and 6 for each byte that is left.
namespace mirim {
namespace micro {
inline namespace v0 {

/// Half of a word of columns.
#if defined(__GNUC__)
typedef int16_t __attribute__((may_alias)) AnyHalf;  // NOLINT: an attribute's type
#else
using AnyHalf = int16_t;
#endif

/// `height` rows, `pitch` bytes apart, of four times `words` bytes and `rest` more; each kPixels-th word of `to` is the
/// pixel's. All > 0, but `words` and `rest` may be 0.
template <int kPixels>
inline void widen_rows_plain(const int8_t* from, uint32_t* to, int32_t pitch, int32_t height, int32_t words,
                             int32_t rest) {
  auto* single = reinterpret_cast<AnyHalf*>(to + 2 * kPixels * words * height);
  int32_t next = 1;  // to the second half of a word, and then to the next word
  for (; height > 0; --height, from += pitch) {
    const int8_t* at = from;
    MIRIM_UNROLL(1)
    for (int32_t i = words; i > 0; --i, at += 4, to += 2 * kPixels) {
      const uint32_t four = load_word(at);
      to[0] = even_bytes(four), to[kPixels] = odd_bytes(four);
    }
    MIRIM_UNROLL(1)
    for (int32_t i = rest; i > 0; --i) {
      *single = *at++;  // NOLINT: a number, no character
      single += next;
      next = 2 * kPixels - next;
    }
  }
}

#ifdef MIRIM_NAKED_SIMD32

// An instruction a line.
// clang-format off
// Two words in r11 and r12.
#define MIRIM_WIDEN_TWO_WORDS(odd, second, second_odd) \
  "sxtb16 lr, r11\n"                                   \
  "sxtb16 r11, r11, ror #8\n"                          \
  "str    lr, [r1]\n"                                  \
  "str    r11, [r1, #" odd "]\n"                       \
  "sxtb16 lr, r12\n"                                   \
  "sxtb16 r12, r12, ror #8\n"                          \
  "str    lr, [r1, #" second                           \
  "]\n"                                                \
  "str    r12, [r1, #" second_odd "]\n"
// Rows of eight bytes at label 8, of nine at label 9, and others.
#define MIRIM_WIDEN_ROWS(both, odd, second, second_odd, one, two) \
  "push   {r4-r11, lr}\n" \
  "ldr    r4, [sp, #36]\n" \
  "ldr    r5, [sp, #40]\n" \
  "ldr    r6, [sp, #44]\n" \
  "mov    r7, #2\n" \
  "cmp    r4, #2\n" \
  "bne    1f\n" \
  "cmp    r5, #1\n" \
  "bhi    1f\n" \
  "beq    9f\n" \
  "8:\n" \
  "ldr    r11, [r0]\n" \
  "ldr    r12, [r0, #4]\n" \
  "add    r0, r2\n" \
  MIRIM_WIDEN_TWO_WORDS(odd, second, second_odd) \
  "adds   r1, #" two "\n" \
  "subs   r3, #1\n" \
  "bne    8b\n" \
  "pop    {r4-r11, pc}\n" \
  "9:\n" \
  "ldr    r11, [r0]\n" \
  "ldr    r12, [r0, #4]\n" \
  "ldrsb  r9, [r0, #8]\n" \
  "add    r0, r2\n" \
  MIRIM_WIDEN_TWO_WORDS(odd, second, second_odd) \
  "strh   r9, [r6]\n" \
  "add    r6, r7\n" \
  "rsb    r7, r7, #" both "\n" \
  "adds   r1, #" two "\n" \
  "subs   r3, #1\n" \
  "bne    9b\n" \
  "pop    {r4-r11, pc}\n" \
  "1:\n" \
  "mov    r9, r0\n" \
  "subs   r10, r4, #2\n" \
  "blt    3f\n" \
  "2:\n" \
  "ldr    r11, [r9]\n" \
  "ldr    r12, [r9, #4]\n" \
  "add    r9, r9, #8\n" \
  MIRIM_WIDEN_TWO_WORDS(odd, second, second_odd) \
  "adds   r1, #" two "\n" \
  "subs   r10, #2\n" \
  "bge    2b\n" \
  "3:\n" \
  "adds   r10, #1\n" \
  "bne    4f\n" \
  "ldr    r11, [r9], #4\n" \
  "sxtb16 lr, r11\n" \
  "sxtb16 r11, r11, ror #8\n" \
  "str    lr, [r1]\n" \
  "str    r11, [r1, #" odd "]\n" \
  "adds   r1, #" one "\n" \
  "4:\n" \
  "movs   r10, r5\n" \
  "beq    6f\n" \
  "5:\n" \
  "ldrsb  r11, [r9], #1\n" \
  "subs   r10, #1\n" \
  "strh   r11, [r6]\n" \
  "add    r6, r7\n" \
  "rsb    r7, r7, #" both "\n" \
  "bne    5b\n" \
  "6:\n" \
  "add    r0, r2\n" \
  "subs   r3, #1\n" \
  "bne    1b\n" \
  "pop    {r4-r11, pc}\n"
// clang-format on

template <int kPixels>
struct WidenRowsAssembly;
template <>
struct WidenRowsAssembly<1> {
  MIRIM_NAKED static void run(const int8_t* /*from*/, uint32_t* /*to*/, int32_t /*pitch*/, int32_t /*height*/,
                              int32_t /*words*/, int32_t /*rest*/, uint32_t* /*single*/) {
    __asm__ volatile(MIRIM_WIDEN_ROWS("4", "4", "8", "12", "8", "16"));
  }
};
template <>
struct WidenRowsAssembly<2> {
  MIRIM_NAKED static void run(const int8_t* /*from*/, uint32_t* /*to*/, int32_t /*pitch*/, int32_t /*height*/,
                              int32_t /*words*/, int32_t /*rest*/, uint32_t* /*single*/) {
    __asm__ volatile(MIRIM_WIDEN_ROWS("8", "8", "16", "24", "16", "32"));
  }
};
template <>
struct WidenRowsAssembly<4> {
  MIRIM_NAKED static void run(const int8_t* /*from*/, uint32_t* /*to*/, int32_t /*pitch*/, int32_t /*height*/,
                              int32_t /*words*/, int32_t /*rest*/, uint32_t* /*single*/) {
    __asm__ volatile(MIRIM_WIDEN_ROWS("16", "16", "32", "48", "32", "64"));
  }
};
#undef MIRIM_WIDEN_ROWS
#undef MIRIM_WIDEN_TWO_WORDS

#endif

template <int kPixels>
inline void widen_rows(const int8_t* from, uint32_t* to, int32_t pitch, int32_t height, int32_t words, int32_t rest) {
#ifdef MIRIM_NAKED_SIMD32
  WidenRowsAssembly<kPixels>::run(from, to, pitch, height, words, rest, to + 2 * kPixels * words * height);
#else
  widen_rows_plain<kPixels>(from, to, pitch, height, words, rest);
#endif
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
