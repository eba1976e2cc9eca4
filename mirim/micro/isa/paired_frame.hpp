// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include "mirim/micro/isa/naked.hpp"

/// The pieces of assembly that paired_blocks.hpp and nibble_blocks.hpp share: the loop over blocks of filters with its
/// frame, and the requantization of two sums and of one.
#ifdef MIRIM_NAKED_SIMD32

// Four results of one filter for two pixels, or two of each: twice the sums in registers, r1 the offset's term, r2 the
// shift in its low byte, weights at r0. Uses r3 to r5.
#define MIRIM_FINISH_TWO(x, y) \
  "add    r5, r4, " x          \
  ", asr #31\n"                \
  "smmlar " x ", " x           \
  ", r3, r5\n"                 \
  "add    r5, r4, " y          \
  ", asr #31\n"                \
  "smmlar " y ", " y           \
  ", r3, r5\n"                 \
  "asr    " x ", " x           \
  ", r2\n"                     \
  "asr    " y ", " y           \
  ", r2\n"                     \
  "ssat   " x ", #8, " x       \
  ", asr #1\n"                 \
  "ssat   " y ", #8, " y ", asr #1\n"
#define MIRIM_BEGIN_FILTER \
  "ldr    r3, [r0], #4\n"  \
  "lsl    r4, r1, r2\n"
#define MIRIM_PAIRED_BEGIN                                 \
  "adr.w  r12, 2f\n"                                       \
  "add    r2, r2, r12\n"                                   \
  "adds   r2, #1\n"       /* thumb */                      \
  "push   {r1-r11, lr}\n" /* arguments begin at sp + 48 */ \
  "1:\n"                                                   \
  "ldr    r1, [sp, #48]\n"                                 \
  "ldr    r2, [sp, #8]\n"                                  \
  "mov    r6, #0\n"                                        \
  "mov    r7, #0\n"                                        \
  "mov    r8, #0\n"                                        \
  "mov    r9, #0\n"                                        \
  "mov    r10, #0\n"                                       \
  "mov    r11, #0\n"                                       \
  "mov    r12, #0\n"                                       \
  "mov    lr, #0\n"                                        \
  "subs   r0, r0, r2\n"                                    \
  "ldr    pc, [sp, #4]\n"                                  \
  "2:\n"
#define MIRIM_PAIRED_END   \
  "ldr    r2, [sp, #60]\n" \
  "str    r5, [sp, #56]\n" \
  "cmp    r5, r2\n"        \
  "bne    1b\n"            \
  "add    sp, #12\n"       \
  "pop    {r4-r11, pc}\n"

// The results of four filters, of one pixel or two, and on to the next four. The second pixel is stored first: it may
// stand for the first.
#define MIRIM_STORE_PIXEL(to, a, b, c, d) \
  "strb   " a ", [" to                    \
  "]\n"                                   \
  "strb   " b ", [" to                    \
  ", #1]\n"                               \
  "strb   " c ", [" to                    \
  ", #2]\n"                               \
  "strb   " d ", [" to ", #3]\n"
#define MIRIM_STORE_ONE(a, b, c, d) \
  "adds   r0, #4\n"                 \
  "ldr    r5, [sp, #56]\n"          \
  "ldr    r3, [sp, #64]\n"          \
  "add    r3, r5\n"                 \
  "adds   r5, #4\n" MIRIM_STORE_PIXEL("r3", a, b, c, d) MIRIM_PAIRED_END
#define MIRIM_STORE_TWO(a, b, c, d, second_a, second_b, second_c, second_d)         \
  "adds   r0, #4\n"                                                                 \
  "ldr    r5, [sp, #56]\n"                                                          \
  "ldr    r3, [sp, #64]\n"                                                          \
  "ldr    r4, [sp, #68]\n"                                                          \
  "add    r3, r5\n"                                                                 \
  "add    r4, r5\n"                                                                 \
  "adds   r5, #4\n" MIRIM_STORE_PIXEL("r4", second_a, second_b, second_c, second_d) \
      MIRIM_STORE_PIXEL("r3", a, b, c, d) MIRIM_PAIRED_END

#define MIRIM_FINISH_ONE(x) \
  "add    r5, r4, " x       \
  ", asr #31\n"             \
  "smmlar " x ", " x        \
  ", r3, r5\n"              \
  "asr    " x ", " x        \
  ", r2\n"                  \
  "ssat   " x ", #8, " x ", asr #1\n"

#endif
