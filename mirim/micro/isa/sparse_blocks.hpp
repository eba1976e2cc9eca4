// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/isa/paired_blocks.hpp"

/// The outputs of filters of which most fours of weights are zero and left out, for kPixels pixels, 4 or 1.
///
/// Of each four that is there come a byte, how many were left out before it, and its weights, a word. Its inputs are
/// 2 * kPixels words of the columns. With 4 pixels a four is 16 products: 8 SMLAD, 2 SXTB16, LDRB, LDR, ADD and 2 LDM
/// of 4 registers: 24 cycles. With 1 pixel it is 4 products and 10 cycles.
///
/// Order of a filter in `weights`, in words:
///   how many fours are there; in the upper half ShortRescale::right
///   the bytes, filled up to a word
///   the fours
///   twice the bias, the input's zero point folded in; the multiplier
/// `columns` are those of paired_blocks.hpp.
namespace mirim {
namespace micro {
inline namespace v0 {

/// `chunk` is not read.
template <int kPixels>
struct SparseBlocks : PairedBlocks<kPixels> {};

/// In C++.
template <int kPixels>
[[gnu::noinline]] inline void sparse_blocks_plain(const SparseBlocks<kPixels>& b) {
  const uint32_t* packed = b.weights;
  for (int32_t o = 0; o < b.filters; ++o) {
    const auto right = static_cast<int32_t>(*packed >> 16);
    auto fours = static_cast<int32_t>(*packed++ & 0xffff);
    const uint8_t* gaps = reinterpret_cast<const uint8_t*>(packed);
    packed += (fours + 3) / 4;
    const uint32_t* columns = b.columns;
    int32_t sums[kPixels] = {};
    MIRIM_UNROLL(1)
    for (; fours > 0; --fours, columns += 2 * kPixels) {
      columns += 2 * kPixels * *gaps++;
      const uint32_t four = *packed++, even = even_bytes(four), odd = odd_bytes(four);
      for (int x = 0; x < kPixels; ++x) {
        sums[x] = add_products(add_products(sums[x], even, columns[x]), odd, columns[kPixels + x]);
      }
    }
    const auto rescale = ShortRescale::of(static_cast<int32_t>(packed[1]), right, b.offset);
    // The last pixel first: it may stand for one before.
    for (int x = kPixels - 1; x >= 0; --x) {
      b.outputs[x][o] =
          static_cast<int8_t>(rescale.result(static_cast<int32_t>(packed[0] + 2 * static_cast<uint32_t>(sums[x]))));
    }
    packed += 2;
  }
}

#ifdef MIRIM_NAKED_SIMD32

/// What the assembly finds above its frame.
template <int kPixels>
struct SparseFrame {
  const uint32_t* columns;
  int32_t filters;
  int8_t* outputs[kPixels];
};

template <int kPixels>
struct SparseAssembly;

// r0 weights, r1 gaps, r2 columns, r3 fours, r4 to r7 sums. On the stack: 0 the offset's term, 4 a filter's first word,
// 8 which filter it is, 48 the frame.
#define MIRIM_SPARSE_BLOCKS(zeros, four, results, stores) \
  "push   {r1-r11, lr}\n"                                 \
  "1:\n"                                                  \
  "ldr    r3, [r0], #4\n"                                 \
  "ldr    r2, [sp, #48]\n"                                \
  "str    r3, [sp, #4]\n"                                 \
  "uxth   r3, r3\n"                                       \
  "mov    r1, r0\n"                                       \
  "add    r12, r3, #3\n"                                  \
  "bic    r12, r12, #3\n"                                 \
  "add    r0, r0, r12\n"                                  \
  "mov    r4, #0\n" zeros                                 \
  "subs   r3, #4\n"                                       \
  "blt    3f\n"                                           \
  "2:\n"                                                  \
  ".irp   i, 0, 1, 2, 3\n" four                           \
  ".endr\n"                                               \
  "adds   r0, #16\n"                                      \
  "adds   r1, #4\n"                                       \
  "subs   r3, #4\n"                                       \
  "bge    2b\n"                                           \
  "3:\n"                                                  \
  "adds   r3, #4\n"                                       \
  "beq    5f\n"                                           \
  "4:\n"                                                  \
  ".irp   i, 0\n" four                                    \
  ".endr\n"                                               \
  "adds   r0, #4\n"                                       \
  "adds   r1, #1\n"                                       \
  "subs   r3, #1\n"                                       \
  "bne    4b\n"                                           \
  "5:\n"                                                  \
  "ldrh   r8, [sp, #6]\n"                                 \
  "ldr    r11, [sp]\n"                                    \
  "ldmia  r0!, {r9, r10}\n"                               \
  "lsl    r11, r11, r8\n" results                         \
  "ldr    r12, [sp, #8]\n"                                \
  "ldr    r8, [sp, #52]\n" stores                         \
  "add    r12, r12, #1\n"                                 \
  "str    r12, [sp, #8]\n"                                \
  "cmp    r12, r8\n"                                      \
  "bne    1b\n"                                           \
  "add    sp, #12\n"                                      \
  "pop    {r4-r11, pc}\n"
#define MIRIM_SPARSE_RESULT(x) \
  "add    " x ", r9, " x       \
  ", lsl #1\n"                 \
  "add    r12, r11, " x        \
  ", asr #31\n"                \
  "smmlar " x ", " x           \
  ", r10, r12\n"               \
  "asr    " x ", " x           \
  ", r8\n"                     \
  "ssat   " x ", #8, " x ", asr #1\n"

template <>
struct SparseAssembly<4> {
  MIRIM_NAKED static void run(const uint32_t* /*weights*/, int32_t /*offset*/, int32_t /*unused*/, int32_t /*filter*/,
                              SparseFrame<4> /*frame*/) {
    __asm__ volatile(MIRIM_SPARSE_BLOCKS(
        "mov    r5, #0\n"
        "mov    r6, #0\n"
        "mov    r7, #0\n",
        "ldrb   lr, [r1, #\\i]\n"
        "ldr    r12, [r0, #4 * \\i]\n"
        "add    r2, r2, lr, lsl #5\n"
        "ldmia  r2!, {r8-r11}\n"
        "sxtb16 lr, r12, ror #8\n"
        "sxtb16 r12, r12\n"
        "smlad  r4, r12, r8, r4\n"
        "smlad  r5, r12, r9, r5\n"
        "smlad  r6, r12, r10, r6\n"
        "smlad  r7, r12, r11, r7\n"
        "ldmia  r2!, {r8-r11}\n"
        "smlad  r4, lr, r8, r4\n"
        "smlad  r5, lr, r9, r5\n"
        "smlad  r6, lr, r10, r6\n"
        "smlad  r7, lr, r11, r7\n",
        MIRIM_SPARSE_RESULT("r4") MIRIM_SPARSE_RESULT("r5") MIRIM_SPARSE_RESULT("r6") MIRIM_SPARSE_RESULT("r7"),
        "add    lr, sp, #56\n"
        "ldmia  lr, {r1-r3, lr}\n"
        "strb   r7, [lr, r12]\n"  // the last pixel first: it may stand for one before
        "strb   r6, [r3, r12]\n"
        "strb   r5, [r2, r12]\n"
        "strb   r4, [r1, r12]\n"));
  }
};

template <>
struct SparseAssembly<1> {
  MIRIM_NAKED static void run(const uint32_t* /*weights*/, int32_t /*offset*/, int32_t /*unused*/, int32_t /*filter*/,
                              SparseFrame<1> /*frame*/) {
    __asm__ volatile(MIRIM_SPARSE_BLOCKS("",
                                         "ldrb   lr, [r1, #\\i]\n"
                                         "ldr    r12, [r0, #4 * \\i]\n"
                                         "add    r2, r2, lr, lsl #3\n"
                                         "ldmia  r2!, {r8, r9}\n"
                                         "sxtb16 lr, r12, ror #8\n"
                                         "sxtb16 r12, r12\n"
                                         "smlad  r4, r12, r8, r4\n"
                                         "smlad  r4, lr, r9, r4\n",
                                         MIRIM_SPARSE_RESULT("r4"),
                                         "ldr    r1, [sp, #56]\n"
                                         "strb   r4, [r1, r12]\n"));
  }
};

#undef MIRIM_SPARSE_RESULT
#undef MIRIM_SPARSE_BLOCKS

#endif

/// The outputs of all filters for kPixels pixels. Filters have nothing in common, so a block is one.
template <int kFilters, int kPixels>
inline void paired_blocks(const SparseBlocks<kPixels>& b) {
  static_assert(kFilters == 1, "a block is one filter");
#ifdef MIRIM_NAKED_SIMD32
  SparseFrame<kPixels> frame;
  frame.columns = b.columns;
  frame.filters = b.filters;
  for (int x = 0; x < kPixels; ++x) frame.outputs[x] = b.outputs[x];
  SparseAssembly<kPixels>::run(b.weights, 2 * b.offset + 1, 0, 0, frame);
#else
  sparse_blocks_plain(b);
#endif
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
