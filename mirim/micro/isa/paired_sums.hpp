// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/isa/naked.hpp"
#include "mirim/micro/simd32.hpp"
#include "mirim/micro/unroll.hpp"

/// Sums of products of four rows of weights with one vector, two rows in one 16-bit lane (isa/paired_blocks.hpp says
/// how). Each weight is used once, so loads count: LDM takes four words of weights, or of the vector, in one
/// instruction and five cycles. Thirty-two products: 16 SMLAD, 8 SXTB16, 3 LDM: 27 instructions, 39 cycles. Four sums,
/// eight words and two pointers are all 14 registers.
namespace mirim {
namespace micro {
inline namespace v0 {

struct PairedSums {
  const uint32_t* weights;  ///< for each four rows and each step a word of the first pair and one of the second
  const uint32_t* columns;  ///< a word for each step
  int32_t steps;            ///< half the weights of a row, > 0, even
  int32_t chunk;            ///< steps after which the second row of a pair must be taken out; `steps` if it fits
};

/// sums[i] = starts[i] + twice the products of row i, for `rows` rows, > 0 and a multiple of 4. `starts` may be `sums`.
/// Of the steps those from `first` on are done, `count` of them.
inline void paired_sums_plain(const PairedSums& s, int32_t first, int32_t count, int32_t rows, const int32_t* starts,
                              int32_t* sums) {
  for (int32_t row = 0; row < rows; row += 4) {
    const uint32_t* weights = s.weights + row / 2 * s.steps + 2 * first;
    const uint32_t* columns = s.columns + first;
    int32_t raw[2] = {}, low[2] = {};
    MIRIM_UNROLL(1)
    for (int32_t n = count; n > 0; --n, ++columns, weights += 2) {
      for (int pair = 0; pair < 2; ++pair) {
        raw[pair] = add_products(raw[pair], weights[pair], *columns);
        low[pair] = add_products(low[pair], even_bytes(weights[pair]), *columns);
      }
    }
    for (int pair = 0; pair < 2; ++pair, starts += 2, sums += 2) {
      // Wraps as the sums do: only the difference is small. It is 256 times the second row's sum.
      const uint32_t difference = static_cast<uint32_t>(raw[pair]) - static_cast<uint32_t>(low[pair]);
      const auto second = static_cast<uint32_t>(static_cast<int32_t>(difference) >> 7);
      const auto start = static_cast<uint32_t>(starts[0]), next = static_cast<uint32_t>(starts[1]);
      sums[0] = static_cast<int32_t>(start + 2 * static_cast<uint32_t>(low[pair]));
      sums[1] = static_cast<int32_t>(next + second);
    }
  }
}

#ifdef MIRIM_NAKED_SIMD32

// Two steps, in r7 and r9 or in r11 and lr, with four words of weights; sums in r6 and r8 (256 b + a) and r10 and r12
// (a).
#define MIRIM_PAIRED_SUMS_TWO(first, second) \
  "ldmia.w r0!, {r2-r5}\n"                   \
  "smlad  r6, r2, " first                    \
  ", r6\n"                                   \
  "smlad  r8, r3, " first                    \
  ", r8\n"                                   \
  "sxtb16 r2, r2\n"                          \
  "sxtb16 r3, r3\n"                          \
  "smlad  r10, r2, " first                   \
  ", r10\n"                                  \
  "smlad  r12, r3, " first                   \
  ", r12\n"                                  \
  "smlad  r6, r4, " second                   \
  ", r6\n"                                   \
  "smlad  r8, r5, " second                   \
  ", r8\n"                                   \
  "sxtb16 r4, r4\n"                          \
  "sxtb16 r5, r5\n"                          \
  "smlad  r10, r4, " second                  \
  ", r10\n"                                  \
  "smlad  r12, r5, " second ", r12\n"

// All steps of four rows. r0 is at the weights; columns, their end, and the place to begin at are on the stack, at
// these offsets. Steps are done eight at a time; the first time begins where the number of steps says, at
// paired_sums_entry from label 2: with an odd number of twos the second half of four columns must be there.
#define MIRIM_PAIRED_SUMS_LOOP(columns, end, entry) \
  "ldr    r1, [sp, #" columns                                                                                       \
  "]\n"                                                                                                             \
  "mov    r6, #0\n"                                                                                                 \
  "mov    r8, #0\n"                                                                                                 \
  "mov    r10, #0\n"                                                                                                \
  "mov    r12, #0\n"                                                                                                \
  "ldr    pc, [sp, #" entry                                                                                         \
  "]\n"                                                                                                             \
  "ldmia.w r1!, {r11, lr}\n"                                                                                        \
  "b.w    4f\n"                                                                                                     \
  "ldmia.w r1!, {r11, lr}\n"                                                                                        \
  "b.w    3f\n"                                                                                                     \
  "2:\n"                                                                                                            \
  "ldmia.w r1!, {r7, r9, r11, lr}\n" MIRIM_PAIRED_SUMS_TWO("r7", "r9") "3:\n" MIRIM_PAIRED_SUMS_TWO("r11", "lr")    \
      "ldmia.w r1!, {r7, r9, r11, lr}\n" MIRIM_PAIRED_SUMS_TWO("r7", "r9") "4:\n" MIRIM_PAIRED_SUMS_TWO("r11", "lr") \
  "ldr    r2, [sp, #" end                                                                                           \
  "]\n"                                                                                                             \
  "cmp    r1, r2\n"                                                                                                 \
  "bne.w  2b\n"                                                                                                     \
  "sub    r6, r6, r10\n"                                                                                            \
  "sub    r8, r8, r12\n"

// The place to begin at becomes an address; r12 is lost.
#define MIRIM_PAIRED_SUMS_ENTRY(entry) \
  "adr.w  r12, 2f\n"                   \
  "add    " entry ", " entry           \
  ", r12\n"                            \
  "add    " entry ", " entry ", #1\n"  // thumb

/// Where the loop is entered, in bytes from label 2, for a number of steps.
constexpr int32_t paired_sums_entry(int32_t steps) {
  constexpr int32_t kEntries[] = {0, -16, 108, -8};  // one, two and three twos of steps are left
  return kEntries[steps / 2 & 3];
}

struct PairedSumsAssembly {
  MIRIM_NAKED static void run(const uint32_t* /*weights*/, const uint32_t* /*columns*/, const uint32_t* /*end*/,
                              int32_t /*entry*/, const int32_t* /*starts*/, int32_t* /*sums*/,
                              const int32_t* /*sums_end*/) {
    __asm__ volatile(MIRIM_PAIRED_SUMS_ENTRY(
        "r3") "push   {r1-r11, lr}\n"  // arguments begin at sp + 48
              "1:\n" MIRIM_PAIRED_SUMS_LOOP(
                  "0", "4",
                  "8") "ldr    r7, [sp, #48]\n"
                       "ldr    r9, [sp, #52]\n"
                       "ldmia  r7!, {r2-r5}\n"
                       "add    r2, r2, r10, lsl #1\n"
                       "add    r3, r3, r6, asr #7\n"
                       "add    r4, r4, r12, lsl #1\n"
                       "add    r5, r5, r8, asr #7\n"
                       "stmia.w r9!, {r2-r5}\n"
                       "str    r7, [sp, #48]\n"
                       "str    r9, [sp, #52]\n"
                       "ldr    r2, [sp, #56]\n"
                       "cmp    r9, r2\n"
                       "bne.w  1b\n"
                       "add    sp, #12\n"
                       "pop    {r4-r11, pc}\n");
  }
};

#endif

/// Some steps, as paired_sums_plain.
inline void paired_sums_of(const PairedSums& s, int32_t first, int32_t count, int32_t rows, const int32_t* starts,
                           int32_t* sums) {
#ifdef MIRIM_NAKED_SIMD32
  const uint32_t* const columns = s.columns + first;
  PairedSumsAssembly::run(s.weights + 2 * first, columns, columns + count, paired_sums_entry(count), starts, sums,
                          sums + rows);
#else
  paired_sums_plain(s, first, count, rows, starts, sums);
#endif
}

/// sums[i] = starts[i] + twice the products of row i, for `rows` rows, > 0 and a multiple of 4.
inline void paired_sums(const PairedSums& s, int32_t rows, const int32_t* starts, int32_t* sums) {
  if (s.chunk >= s.steps) return paired_sums_of(s, 0, s.steps, rows, starts, sums);
  PairedSums four = s;
  for (int32_t row = 0; row < rows; row += 4, starts += 4, sums += 4, four.weights += 2 * s.steps) {
    paired_sums_of(four, 0, s.chunk, 4, starts, sums);
    for (int32_t done = s.chunk; done < s.steps; done += s.chunk) {
      const int32_t left = s.steps - done;
      paired_sums_of(four, done, left < s.chunk ? left : s.chunk, 4, sums, sums);
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
