// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/isa/naked.hpp"
#include "mirim/micro/isa/paired_frame.hpp"
#include "mirim/micro/isa/paired_sums.hpp"
#include "mirim/micro/isa/short_rescale.hpp"
#include "mirim/micro/simd32.hpp"
#include "mirim/micro/unroll.hpp"

/// int8 dot products of a few filters with a few pixels, two filters in one 16-bit lane.
///
/// A word of weights holds 256 b + a in each half, for two neighbouring k of the filters a and b. With two inputs in a
/// word, SMLAD adds 256 B + A to one sum and, on the word's SXTB16, A to another: B = (the first - the second) >> 8,
/// exact while |B| < 2^23. So a weight is never widened for itself: SXTB16 serves two filters.
///
/// Tiles (kFilters x kPixels), 16 products each:
///   4 x 2   8 SMLAD, 2 SXTB16, 4 LDR in a row: 14 instructions, 15 cycles; weights are read once for two pixels
///   2 x 4   8 SMLAD, 1 SXTB16, 5 LDR:          14 instructions, 16 cycles; once for four, so better from slow flash
///   4 x 1   16 SMLAD, 8 SXTB16, 3 LDM for 32: 27 instructions, 39 cycles; for a single pixel (paired_sums.hpp)
/// In the first two, eight sums, four words and two pointers are all 14 registers. LDRD would save two instructions and
/// cost a cycle.
///
/// Order of a block of kFilters filters in `weights`, all words (`pack_paired` in mirim/offers):
///   for each step, which is two k (of four k, the even ones and then the odd ones): a word for each pair of filters
///   twice the bias of each filter, the input's zero point folded in
///   the multiplier of each filter
///   one word: ShortRescale::right of each filter, a byte each, the first in the lowest bits
/// Order of `columns`: for each step a word for each pixel. A step's first k is in the low half.
namespace mirim {
namespace micro {
inline namespace v0 {

/// Every kPixels-th word of `to` becomes two of `fours` times four bytes: a pixel's columns.
template <int kPixels>
inline void widen_plain(const int8_t* from, uint32_t* to, int32_t fours) {
  MIRIM_UNROLL(1)
  for (; fours > 0; --fours, from += 4, to += 2 * kPixels) {
    const uint32_t bytes = load_word(from);
    to[0] = even_bytes(bytes);
    to[kPixels] = odd_bytes(bytes);
  }
}

#ifdef MIRIM_NAKED_SIMD32

// Sixteen bytes: 25 instructions, 28 cycles.
#define MIRIM_WIDEN_FOUR(x, even, odd) \
  "sxtb16 r12, " x                     \
  "\n"                                 \
  "sxtb16 " x ", " x                   \
  ", ror #8\n"                         \
  "str    r12, [r1, #" even            \
  "]\n"                                \
  "str    " x ", [r1, #" odd "]\n"
#define MIRIM_WIDEN(step, odd, second, second_odd, third, third_odd, fourth, fourth_odd, all)                    \
  "subs   r2, #4\n"                                                                                              \
  "blt    2f\n"                                                                                                  \
  "push   {r4-r6, lr}\n"                                                                                         \
  "1:\n"                                                                                                         \
  "ldr    r3, [r0]\n"                                                                                            \
  "ldr    r4, [r0, #4]\n"                                                                                        \
  "ldr    r5, [r0, #8]\n"                                                                                        \
  "ldr    r6, [r0, #12]\n"                                                                                       \
  "adds   r0, #16\n" MIRIM_WIDEN_FOUR("r3", "0", odd) MIRIM_WIDEN_FOUR("r4", second, second_odd)                 \
      MIRIM_WIDEN_FOUR("r5", third, third_odd) MIRIM_WIDEN_FOUR(                                                 \
          "r6", fourth, fourth_odd) "adds   r1, #" all                                                           \
                                    "\n"                                                                         \
                                    "subs   r2, #4\n"                                                            \
                                    "bge    1b\n"                                                                \
                                    "pop    {r4-r6, lr}\n"                                                       \
                                    "2:\n"                                                                       \
                                    "adds   r2, #4\n"                                                            \
                                    "beq    4f\n"                                                                \
                                    "3:\n"                                                                       \
                                    "ldr    r3, [r0], #4\n" MIRIM_WIDEN_FOUR("r3", "0", odd) "adds   r1, #" step \
                                                                                             "\n"                \
                                                                                             "subs   r2, #1\n"   \
                                                                                             "bne    3b\n"       \
                                                                                             "4:\n"              \
                                                                                             "bx     lr\n"

template <int kPixels>
struct WidenAssembly;
template <>
struct WidenAssembly<1> {
  MIRIM_NAKED static void run(const int8_t* /*from*/, uint32_t* /*to*/, int32_t /*fours*/) {
    __asm__ volatile(MIRIM_WIDEN("8", "4", "8", "12", "16", "20", "24", "28", "32"));
  }
};
template <>
struct WidenAssembly<2> {
  MIRIM_NAKED static void run(const int8_t* /*from*/, uint32_t* /*to*/, int32_t /*fours*/) {
    __asm__ volatile(MIRIM_WIDEN("16", "8", "16", "24", "32", "40", "48", "56", "64"));
  }
};
template <>
struct WidenAssembly<4> {
  MIRIM_NAKED static void run(const int8_t* /*from*/, uint32_t* /*to*/, int32_t /*fours*/) {
    __asm__ volatile(MIRIM_WIDEN("32", "16", "32", "48", "64", "80", "96", "112", "128"));
  }
};
#undef MIRIM_WIDEN
#undef MIRIM_WIDEN_FOUR

#endif

template <int kPixels>
inline void widen(const int8_t* from, uint32_t* to, int32_t fours) {
#ifdef MIRIM_NAKED_SIMD32
  WidenAssembly<kPixels>::run(from, to, fours);
#else
  widen_plain<kPixels>(from, to, fours);
#endif
}

template <int kPixels>
struct PairedBlocks {
  const uint32_t* weights;
  const uint32_t* columns;
  int32_t steps;   ///< half the weights of a filter, > 0, even
  int32_t chunk;   ///< steps after which B must be taken out; `steps` if it fits to the end
  int32_t offset;  ///< the output's zero point
  int32_t filters;
  int8_t* outputs[kPixels];  ///< of each pixel; the same pixel's again for those that are not there
};

/// In C++; also for more than one chunk.
template <int kFilters, int kPixels>
[[gnu::noinline]] inline void paired_blocks_plain(const PairedBlocks<kPixels>& b) {
  constexpr int kPairs = kFilters / 2;
  const uint32_t* weights = b.weights;
  for (int32_t o = 0; o < b.filters; o += kFilters) {
    int32_t low[kPairs][kPixels] = {}, high[kPairs][kPixels] = {};
    const uint32_t* columns = b.columns;
    for (int32_t done = 0; done < b.steps; done += b.chunk) {
      int32_t raw[kPairs][kPixels];
      for (int i = 0; i < kPairs; ++i) {
        for (int x = 0; x < kPixels; ++x) raw[i][x] = low[i][x];
      }
      const int32_t left = b.steps - done;
      MIRIM_UNROLL(1)
      for (int32_t n = left < b.chunk ? left : b.chunk; n > 0; --n, weights += kPairs, columns += kPixels) {
        for (int i = 0; i < kPairs; ++i) {
          const uint32_t both = weights[i], a = even_bytes(both);
          for (int x = 0; x < kPixels; ++x) {
            raw[i][x] = add_products(raw[i][x], both, columns[x]);
            low[i][x] = add_products(low[i][x], a, columns[x]);
          }
        }
      }
      for (int i = 0; i < kPairs; ++i) {
        for (int x = 0; x < kPixels; ++x) {
          // Wraps as the sums do: only the difference is small.
          const uint32_t difference = static_cast<uint32_t>(raw[i][x]) - static_cast<uint32_t>(low[i][x]);
          high[i][x] += static_cast<int32_t>(difference) >> 8;
        }
      }
    }
    const uint32_t rights = weights[2 * kFilters];
    for (int f = 0; f < kFilters && o + f < b.filters; ++f) {
      const auto rescale = ShortRescale::of(static_cast<int32_t>(weights[kFilters + f]),
                                            static_cast<int32_t>(rights >> (8 * f) & 0xff), b.offset);
      for (int x = kPixels - 1; x >= 0; --x) {
        const int32_t sum = f % 2 == 0 ? low[f / 2][x] : high[f / 2][x];
        b.outputs[x][o + f] =
            static_cast<int8_t>(rescale.result(static_cast<int32_t>(weights[f] + 2 * static_cast<uint32_t>(sum))));
      }
    }
    weights += 2 * kFilters + 1;
  }
}

#ifdef MIRIM_NAKED_SIMD32

/// What the assembly finds above its frame.
template <int kPixels>
struct PairedFrame {
  uint32_t columns;  ///< steps are done eight at a time; the first time begins this many bytes before the columns ...
  uint32_t columns_end;
  int32_t filter;
  int32_t filters;  ///< a multiple of the tile's
  int8_t* outputs[kPixels];

  /// `skipped`: of the first eight steps.
  static PairedFrame of(const PairedBlocks<kPixels>& b, int32_t skipped, int32_t filters, int8_t* const* outputs) {
    PairedFrame frame;
    frame.columns = reinterpret_cast<uint32_t>(b.columns) - static_cast<uint32_t>(4 * kPixels * skipped);
    frame.columns_end = reinterpret_cast<uint32_t>(b.columns) + static_cast<uint32_t>(4 * kPixels * b.steps);
    frame.filter = 0;
    frame.filters = filters;
    for (int x = 0; x < kPixels; ++x) frame.outputs[x] = outputs[x];
    return frame;
  }
};

/// `entry`: bytes of code, and `back`: bytes of weights, that the first eight steps jump over; in tiles of 4 x 1
/// `entry` is paired_sums_entry and `back` is not used.
template <int kFilters, int kPixels>
struct PairedAssembly;

template <>
struct PairedAssembly<4, 2> {
  // An instruction has four bytes, a step 56.
  static int32_t entry(int32_t steps) { return 56 * (-steps & 7); }
  MIRIM_NAKED static void run(const uint32_t* /*weights*/, int32_t /*offset*/, int32_t /*entry*/, int32_t /*back*/,
                              PairedFrame<2> /*frame*/) {
    __asm__ volatile(MIRIM_PAIRED_BEGIN
                     ".irp   i, 0, 8, 16, 24, 32, 40, 48, 56\n"
                     "ldr.w  r2, [r0, #\\i]\n"
                     "ldr.w  r3, [r0, #\\i + 4]\n"
                     "ldr.w  r4, [r1, #\\i]\n"
                     "ldr.w  r5, [r1, #\\i + 4]\n"
                     "smlad  r6, r2, r4, r6\n"  // 256 b + a, 256 d + c
                     "smlad  r7, r2, r5, r7\n"
                     "smlad  r8, r3, r4, r8\n"
                     "smlad  r9, r3, r5, r9\n"
                     "sxtb16 r2, r2\n"
                     "sxtb16 r3, r3\n"
                     "smlad  r10, r2, r4, r10\n"  // a, c
                     "smlad  r11, r2, r5, r11\n"
                     "smlad  r12, r3, r4, r12\n"
                     "smlad  lr, r3, r5, lr\n"
                     ".endr\n"
                     "ldr    r2, [sp, #52]\n"
                     "adds   r0, #64\n"
                     "adds   r1, #64\n"
                     "cmp    r1, r2\n"
                     "bne    2b\n"
                     "sub    r6, r6, r10\n"
                     "sub    r7, r7, r11\n"
                     "sub    r8, r8, r12\n"
                     "sub    r9, r9, lr\n"
                     "ldmia  r0!, {r2-r5}\n"
                     "add    r10, r2, r10, lsl #1\n"
                     "add    r11, r2, r11, lsl #1\n"
                     "add    r6, r3, r6, asr #7\n"
                     "add    r7, r3, r7, asr #7\n"
                     "add    r12, r4, r12, lsl #1\n"
                     "add    lr, r4, lr, lsl #1\n"
                     "add    r8, r5, r8, asr #7\n"
                     "add    r9, r5, r9, asr #7\n"
                     "ldr    r2, [r0, #16]\n"
                     "ldr    r1, [sp]\n"  // clang-format off
        MIRIM_BEGIN_FILTER MIRIM_FINISH_TWO("r10", "r11") "lsrs r2, r2, #8\n"
        MIRIM_BEGIN_FILTER MIRIM_FINISH_TWO("r6", "r7")   "lsrs r2, r2, #8\n"
        MIRIM_BEGIN_FILTER MIRIM_FINISH_TWO("r12", "lr")  "lsrs r2, r2, #8\n"
        MIRIM_BEGIN_FILTER MIRIM_FINISH_TWO("r8", "r9")
                     // clang-format on
                     MIRIM_STORE_TWO("r10", "r6", "r12", "r8", "r11", "r7", "lr", "r9"));
  }
};

template <>
struct PairedAssembly<2, 4> {
  static int32_t entry(int32_t steps) { return 56 * (-steps & 7); }
  MIRIM_NAKED static void run(const uint32_t* /*weights*/, int32_t /*offset*/, int32_t /*entry*/, int32_t /*back*/,
                              PairedFrame<4> /*frame*/) {
    __asm__ volatile(MIRIM_PAIRED_BEGIN
                     ".irp   i, 0, 4, 8, 12, 16, 20, 24, 28\n"
                     "ldr.w  r2, [r0, #\\i]\n"
                     "ldr.w  r4, [r1, #4 * \\i]\n"
                     "ldr.w  r5, [r1, #4 * \\i + 4]\n"
                     "sxtb16 r3, r2\n"
                     "smlad  r6, r2, r4, r6\n"
                     "smlad  r7, r2, r5, r7\n"
                     "smlad  r10, r3, r4, r10\n"
                     "smlad  r11, r3, r5, r11\n"
                     "ldr.w  r4, [r1, #4 * \\i + 8]\n"
                     "ldr.w  r5, [r1, #4 * \\i + 12]\n"
                     "smlad  r8, r2, r4, r8\n"
                     "smlad  r9, r2, r5, r9\n"
                     "smlad  r12, r3, r4, r12\n"
                     "smlad  lr, r3, r5, lr\n"
                     ".endr\n"
                     "ldr    r2, [sp, #52]\n"
                     "adds   r0, #32\n"
                     "adds   r1, #128\n"
                     "cmp    r1, r2\n"
                     "bne    2b\n"
                     "ldr    r2, [r0], #4\n"
                     "ldr    r3, [r0], #4\n"
                     "sub    r6, r6, r10\n"
                     "sub    r7, r7, r11\n"
                     "sub    r8, r8, r12\n"
                     "sub    r9, r9, lr\n"
                     "add    r10, r2, r10, lsl #1\n"
                     "add    r11, r2, r11, lsl #1\n"
                     "add    r12, r2, r12, lsl #1\n"
                     "add    lr, r2, lr, lsl #1\n"
                     "add    r6, r3, r6, asr #7\n"
                     "add    r7, r3, r7, asr #7\n"
                     "add    r8, r3, r8, asr #7\n"
                     "add    r9, r3, r9, asr #7\n"
                     "ldr    r2, [r0, #8]\n"
                     "ldr    r1, [sp]\n"  // clang-format off
        MIRIM_BEGIN_FILTER MIRIM_FINISH_TWO("r10", "r11") MIRIM_FINISH_TWO("r12", "lr") "lsrs r2, r2, #8\n"
        MIRIM_BEGIN_FILTER MIRIM_FINISH_TWO("r6", "r7")   MIRIM_FINISH_TWO("r8", "r9")
                     // clang-format on
                     "adds   r0, #4\n"
                     "ldr    r5, [sp, #56]\n"
                     "ldr    r4, [sp, #76]\n"
                     "ldr    r3, [sp, #72]\n"
                     "ldr    r2, [sp, #68]\n"
                     "ldr    r1, [sp, #64]\n"
                     "strb   lr, [r4, r5]\n"
                     "strb   r12, [r3, r5]\n"
                     "strb   r11, [r2, r5]\n"
                     "strb   r10, [r1, r5]\n"
                     "adds   r5, #1\n"
                     "strb   r9, [r4, r5]\n"
                     "strb   r8, [r3, r5]\n"
                     "strb   r7, [r2, r5]\n"
                     "strb   r6, [r1, r5]\n"
                     "adds   r5, #1\n" MIRIM_PAIRED_END);
  }
};

template <>
struct PairedAssembly<4, 1> {
  static int32_t entry(int32_t steps) { return paired_sums_entry(steps); }
  MIRIM_NAKED static void run(const uint32_t* /*weights*/, int32_t /*offset*/, int32_t /*entry*/, int32_t /*back*/,
                              PairedFrame<1> /*frame*/) {
    // Weights are read once each: the loop of paired_sums.hpp.
    __asm__ volatile(MIRIM_PAIRED_SUMS_ENTRY(
        "r2") "push   {r1-r11, lr}\n"
              "1:\n" MIRIM_PAIRED_SUMS_LOOP(
                  "48", "52",
                  "4") "ldmia  r0!, {r2-r5}\n"
                       "add    r10, r2, r10, lsl #1\n"
                       "add    r6, r3, r6, asr #7\n"
                       "add    r12, r4, r12, lsl #1\n"
                       "add    r8, r5, r8, asr #7\n"
                       "ldr    r2, [r0, #16]\n"
                       "ldr    r1, [sp]\n"  // clang-format off
        MIRIM_BEGIN_FILTER MIRIM_FINISH_ONE("r10") "lsrs r2, r2, #8\n"
        MIRIM_BEGIN_FILTER MIRIM_FINISH_ONE("r6")  "lsrs r2, r2, #8\n"
        MIRIM_BEGIN_FILTER MIRIM_FINISH_ONE("r12") "lsrs r2, r2, #8\n"
        MIRIM_BEGIN_FILTER MIRIM_FINISH_ONE("r8")
                     // clang-format on
                     MIRIM_STORE_ONE("r10", "r6", "r12", "r8"));
  }
};

/// Whole blocks of filters, > 0 of them.
template <int kFilters, int kPixels>
inline void paired_blocks_in_assembly(const PairedBlocks<kPixels>& b, const uint32_t* weights, int32_t filters,
                                      int8_t* const* outputs) {
  using Assembly = PairedAssembly<kFilters, kPixels>;
  const int32_t skipped = kPixels == 1 ? 0 : -b.steps & 7;
  const auto frame = PairedFrame<kPixels>::of(b, skipped, filters, outputs);
  Assembly::run(weights, 2 * b.offset + 1, Assembly::entry(b.steps), 2 * kFilters * skipped, frame);
}

/// The last block, of which only `left` filters are there.
template <int kFilters, int kPixels>
[[gnu::noinline]] inline void last_paired_block(const PairedBlocks<kPixels>& b, int32_t left) {
  const int32_t before = b.filters - left;
  int8_t results[kPixels][kFilters];
  int8_t* outputs[kPixels];
  for (int x = 0; x < kPixels; ++x) outputs[x] = results[x];
  const int32_t block_words = kFilters / 2 * b.steps + 2 * kFilters + 1;
  paired_blocks_in_assembly<kFilters>(b, b.weights + before / kFilters * block_words, kFilters, outputs);
  for (int x = kPixels - 1; x >= 0; --x) {
    for (int32_t f = 0; f < left; ++f) b.outputs[x][before + f] = results[x][f];
  }
}

#endif

/// Four filters and one pixel whose sums are taken out in chunks.
[[gnu::noinline]] inline void paired_blocks_in_chunks(const PairedBlocks<1>& b) {
  PairedSums four = {b.weights, b.columns, b.steps, b.chunk};
  for (int32_t o = 0; o < b.filters; o += 4) {
    const uint32_t* finish = four.weights + 2 * b.steps;
    int32_t sums[4];
    paired_sums(four, 4, reinterpret_cast<const int32_t*>(finish), sums);
    for (int f = 0; f < 4 && o + f < b.filters; ++f) {
      const auto right = static_cast<int32_t>(finish[8] >> (8 * f) & 0xff);
      const auto rescale = ShortRescale::of(static_cast<int32_t>(finish[4 + f]), right, b.offset);
      b.outputs[0][o + f] = static_cast<int8_t>(rescale.result(sums[f]));
    }
    four.weights = finish + 9;
  }
}
template <int kFilters, int kPixels>
inline void paired_blocks_in_chunks(const PairedBlocks<kPixels>& b) {
  paired_blocks_plain<kFilters>(b);
}
template <>
inline void paired_blocks_in_chunks<4>(const PairedBlocks<1>& b) {
  paired_blocks_in_chunks(b);
}

/// The outputs of all filters for kPixels pixels.
template <int kFilters, int kPixels>
inline void paired_blocks(const PairedBlocks<kPixels>& b) {
#ifdef MIRIM_NAKED_SIMD32
  if (b.chunk < b.steps) return paired_blocks_in_chunks<kFilters>(b);
  const int32_t left = b.filters & (kFilters - 1);
  if (b.filters >= kFilters) paired_blocks_in_assembly<kFilters>(b, b.weights, b.filters - left, b.outputs);
  if (left > 0) last_paired_block<kFilters>(b, left);
#else
  paired_blocks_plain<kFilters>(b);
#endif
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
