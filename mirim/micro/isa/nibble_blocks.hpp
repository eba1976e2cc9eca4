// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/isa/paired_blocks.hpp"

/// Dot products of weights of 4 bits with int8 inputs, four filters in one 16-bit lane. Nothing is expanded.
///
/// All weights are multiples of a step, which is taken out. A halfword holds (a + 8) + 16 (b + 8) + 256 (c + 8) +
/// 4096 d, for weights a, b, c, d in [-8, 7] of four filters at one k. SMLAD on a word of two gives one sum, on its
/// lowest 12, 8 and 4 bits three more. Their differences, divided by 4096, 256 and 16, are the filters' sums, those of
/// a, b and c plus 8 times the sum of the inputs, which is taken once a pixel.
///
/// Tiles (kFilters x kPixels), 16 products each:
///   4 x 2   8 SMLAD, 3 AND, 3 LDR in a row: 14 instructions, 15 cycles
///   4 x 1   8 SMLAD, 6 AND, 4 LDR for two steps: 18 instructions, 19 cycles
/// So 4 bits take the cycles of 8 (paired_blocks.hpp), and half of its reads of flash.
///
/// The limits: weights of d may add up to 4095, without signs, for its sum has 19 bits and a sign in the difference;
/// those of c, each 8 more, to 65536, for 256 times their sum with inputs of -128 must fit 32 bits.
///
/// Order of a block of four filters in `weights`: a word for each step, then 9 words as in paired_blocks.hpp.
namespace mirim {
namespace micro {
inline namespace v0 {

/// `chunk` is not read: a block is always computed to its end.
template <int kPixels>
struct NibbleBlocks : PairedBlocks<kPixels> {
  int32_t step;  ///< all weights are multiples of this
};

/// Minus 16 times the sum of a pixel's inputs: what twice the sum of a, b and c has too much.
template <int kPixels>
[[gnu::noinline]] inline void excess_of_nibbles(const NibbleBlocks<kPixels>& b, int32_t* excess) {
  int32_t first = 0, second = 0;
  const uint32_t* columns = b.columns;
  int32_t n = b.steps * kPixels;
  MIRIM_UNROLL(2)
  for (; n >= 4; n -= 4, columns += 4) {
    uint32_t word0, word1, word2, word3;
    load_four(columns, word0, word1, word2, word3);
    first = add_products(first, word0, 0x00010001);
    second = add_products(second, word1, 0x00010001);
    first = add_products(first, word2, 0x00010001);
    second = add_products(second, word3, 0x00010001);
  }
  if (n > 0) {  // of one pixel two words may be left
    first = add_products(first, columns[0], 0x00010001);
    second = add_products(second, columns[1], 0x00010001);
  }
  excess[0] = -16 * (kPixels == 1 ? first + second : first);
  if (kPixels == 2) excess[kPixels - 1] = -16 * second;
}

/// In C++.
template <int kFilters, int kPixels>
[[gnu::noinline]] inline void nibble_blocks_plain(const NibbleBlocks<kPixels>& b, const int32_t* excess) {
  static_assert(kFilters == 4, "a lane has four filters");
  constexpr uint32_t kMasks[kFilters] = {0x000f000f, 0x00ff00ff, 0x0fff0fff, 0xffffffff};
  const uint32_t* weights = b.weights;
  for (int32_t o = 0; o < b.filters; o += kFilters) {
    uint32_t sums[kFilters][kPixels] = {};
    const uint32_t* columns = b.columns;
    MIRIM_UNROLL(1)
    for (int32_t n = b.steps; n > 0; --n, ++weights, columns += kPixels) {
      for (int f = 0; f < kFilters; ++f) {
        for (int x = 0; x < kPixels; ++x) {
          sums[f][x] =
              static_cast<uint32_t>(add_products(static_cast<int32_t>(sums[f][x]), *weights & kMasks[f], columns[x]));
        }
      }
    }
    const uint32_t rights = weights[2 * kFilters];
    for (int f = 0; f < kFilters && o + f < b.filters; ++f) {
      const auto rescale = ShortRescale::of(static_cast<int32_t>(weights[kFilters + f]),
                                            static_cast<int32_t>(rights >> (8 * f) & 0xff), b.offset);
      for (int x = kPixels - 1; x >= 0; --x) {
        // Wraps as the sums do: only the difference is small.
        const auto difference = static_cast<int32_t>(f == 0 ? sums[0][x] : sums[f][x] - sums[f - 1][x]);
        const uint32_t twice =
            2 * static_cast<uint32_t>(difference >> (4 * f)) + static_cast<uint32_t>(f == kFilters - 1 ? 0 : excess[x]);
        const uint32_t sum = weights[f] + static_cast<uint32_t>(b.step) * twice;
        b.outputs[x][o + f] = static_cast<int8_t>(rescale.result(static_cast<int32_t>(sum)));
      }
    }
    weights += 2 * kFilters + 1;
  }
}

#ifdef MIRIM_NAKED_SIMD32

template <int kPixels>
struct NibbleFrame {
  PairedFrame<kPixels> paired;
  int32_t excess[kPixels];
  int32_t step;
};

template <int kPixels>
struct NibbleAssembly;

template <>
struct NibbleAssembly<2> {
  static constexpr int32_t kStepBytes = 56;
  MIRIM_NAKED static void run(const uint32_t* /*weights*/, int32_t /*offset*/, int32_t /*entry*/, int32_t /*back*/,
                              NibbleFrame<2> /*frame*/) {
    __asm__ volatile(MIRIM_PAIRED_BEGIN
                     ".irp   i, 0, 4, 8, 12, 16, 20, 24, 28\n"
                     "ldr.w  r2, [r0, #\\i]\n"
                     "ldr.w  r4, [r1, #2 * \\i]\n"
                     "ldr.w  r5, [r1, #2 * \\i + 4]\n"
                     "bic    r3, r2, #0xf000f000\n"
                     "smlad  r12, r2, r4, r12\n"
                     "smlad  lr, r2, r5, lr\n"
                     "smlad  r10, r3, r4, r10\n"
                     "smlad  r11, r3, r5, r11\n"
                     "and    r3, r2, #0x00ff00ff\n"
                     "and    r2, r2, #0x000f000f\n"
                     "smlad  r8, r3, r4, r8\n"
                     "smlad  r9, r3, r5, r9\n"
                     "smlad  r6, r2, r4, r6\n"
                     "smlad  r7, r2, r5, r7\n"
                     ".endr\n"
                     "ldr    r2, [sp, #52]\n"
                     "adds   r0, #32\n"
                     "adds   r1, #64\n"
                     "cmp    r1, r2\n"
                     "bne    2b\n"
                     "sub    r12, r12, r10\n"
                     "sub    lr, lr, r11\n"
                     "sub    r10, r10, r8\n"
                     "sub    r11, r11, r9\n"
                     "sub    r8, r8, r6\n"
                     "sub    r9, r9, r7\n"
                     "ldr    r4, [sp, #72]\n"
                     "ldr    r5, [sp, #76]\n"
                     "add    r6, r4, r6, lsl #1\n"
                     "add    r7, r5, r7, lsl #1\n"
                     "add    r8, r4, r8, asr #3\n"
                     "add    r9, r5, r9, asr #3\n"
                     "add    r10, r4, r10, asr #7\n"
                     "add    r11, r5, r11, asr #7\n"
                     "asr    r12, r12, #11\n"
                     "asr    lr, lr, #11\n"
                     "ldr    r1, [sp, #80]\n"
                     "ldmia  r0!, {r2-r5}\n"
                     "mla    r6, r6, r1, r2\n"
                     "mla    r7, r7, r1, r2\n"
                     "mla    r8, r8, r1, r3\n"
                     "mla    r9, r9, r1, r3\n"
                     "mla    r10, r10, r1, r4\n"
                     "mla    r11, r11, r1, r4\n"
                     "mla    r12, r12, r1, r5\n"
                     "mla    lr, lr, r1, r5\n"
                     "ldr    r2, [r0, #16]\n"
                     "ldr    r1, [sp]\n"  // clang-format off
        MIRIM_BEGIN_FILTER MIRIM_FINISH_TWO("r6", "r7")   "lsrs r2, r2, #8\n"
        MIRIM_BEGIN_FILTER MIRIM_FINISH_TWO("r8", "r9")   "lsrs r2, r2, #8\n"
        MIRIM_BEGIN_FILTER MIRIM_FINISH_TWO("r10", "r11") "lsrs r2, r2, #8\n"
        MIRIM_BEGIN_FILTER MIRIM_FINISH_TWO("r12", "lr")
                     // clang-format on
                     MIRIM_STORE_TWO("r6", "r8", "r10", "r12", "r7", "r9", "r11", "lr"));
  }
};

template <>
struct NibbleAssembly<1> {
  static constexpr int32_t kStepBytes = 36;
  MIRIM_NAKED static void run(const uint32_t* /*weights*/, int32_t /*offset*/, int32_t /*entry*/, int32_t /*back*/,
                              NibbleFrame<1> /*frame*/) {
    __asm__ volatile(MIRIM_PAIRED_BEGIN
                     ".irp   i, 0, 8, 16, 24\n"
                     "ldr.w  r2, [r0, #\\i]\n"
                     "ldr.w  r3, [r0, #\\i + 4]\n"
                     "ldr.w  r4, [r1, #\\i]\n"
                     "ldr.w  r5, [r1, #\\i + 4]\n"
                     "bic    r7, r2, #0xf000f000\n"
                     "bic    r9, r3, #0xf000f000\n"
                     "smlad  r12, r2, r4, r12\n"
                     "smlad  r10, r7, r4, r10\n"
                     "smlad  r12, r3, r5, r12\n"
                     "smlad  r10, r9, r5, r10\n"
                     "and    r7, r2, #0x00ff00ff\n"
                     "and    r9, r3, #0x00ff00ff\n"
                     "and    r2, r2, #0x000f000f\n"
                     "and    r3, r3, #0x000f000f\n"
                     "smlad  r8, r7, r4, r8\n"
                     "smlad  r6, r2, r4, r6\n"
                     "smlad  r8, r9, r5, r8\n"
                     "smlad  r6, r3, r5, r6\n"
                     ".endr\n"
                     "ldr    r2, [sp, #52]\n"
                     "adds   r0, #32\n"
                     "adds   r1, #32\n"
                     "cmp    r1, r2\n"
                     "bne    2b\n"
                     "sub    r12, r12, r10\n"
                     "sub    r10, r10, r8\n"
                     "sub    r8, r8, r6\n"
                     "ldr    r4, [sp, #68]\n"
                     "add    r6, r4, r6, lsl #1\n"
                     "add    r8, r4, r8, asr #3\n"
                     "add    r10, r4, r10, asr #7\n"
                     "asr    r12, r12, #11\n"
                     "ldr    r1, [sp, #72]\n"
                     "ldmia  r0!, {r2-r5}\n"
                     "mla    r6, r6, r1, r2\n"
                     "mla    r8, r8, r1, r3\n"
                     "mla    r10, r10, r1, r4\n"
                     "mla    r12, r12, r1, r5\n"
                     "ldr    r2, [r0, #16]\n"
                     "ldr    r1, [sp]\n"  // clang-format off
        MIRIM_BEGIN_FILTER MIRIM_FINISH_ONE("r6")  "lsrs r2, r2, #8\n"
        MIRIM_BEGIN_FILTER MIRIM_FINISH_ONE("r8")  "lsrs r2, r2, #8\n"
        MIRIM_BEGIN_FILTER MIRIM_FINISH_ONE("r10") "lsrs r2, r2, #8\n"
        MIRIM_BEGIN_FILTER MIRIM_FINISH_ONE("r12")
                     // clang-format on
                     MIRIM_STORE_ONE("r6", "r8", "r10", "r12"));
  }
};

/// Whole blocks of filters, > 0 of them.
template <int kPixels>
inline void nibble_blocks_in_assembly(const NibbleBlocks<kPixels>& b, const uint32_t* weights, int32_t filters,
                                      int8_t* const* outputs, const int32_t* excess) {
  const int32_t skipped = -b.steps & 7;
  NibbleFrame<kPixels> frame;
  frame.paired = PairedFrame<kPixels>::of(b, skipped, filters, outputs);
  for (int x = 0; x < kPixels; ++x) frame.excess[x] = excess[x];
  frame.step = b.step;
  using Assembly = NibbleAssembly<kPixels>;
  Assembly::run(weights, 2 * b.offset + 1, Assembly::kStepBytes * skipped, 4 * skipped, frame);
}

#endif

/// The outputs of all filters for kPixels pixels.
template <int kFilters, int kPixels>
inline void paired_blocks(const NibbleBlocks<kPixels>& b) {
  int32_t excess[kPixels];
  excess_of_nibbles(b, excess);
#ifdef MIRIM_NAKED_SIMD32
  const int32_t left = b.filters & (kFilters - 1), whole = b.filters - left;
  if (whole > 0) nibble_blocks_in_assembly(b, b.weights, whole, b.outputs, excess);
  if (left > 0) {
    int8_t results[kPixels][kFilters];
    int8_t* outputs[kPixels];
    for (int x = 0; x < kPixels; ++x) outputs[x] = results[x];
    const uint32_t* const weights = b.weights + whole / kFilters * (b.steps + 2 * kFilters + 1);
    nibble_blocks_in_assembly(b, weights, kFilters, outputs, excess);
    for (int x = kPixels - 1; x >= 0; --x) {
      for (int32_t f = 0; f < left; ++f) b.outputs[x][whole + f] = results[x][f];
    }
  }
#else
  nibble_blocks_plain<kFilters>(b, excess);
#endif
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
