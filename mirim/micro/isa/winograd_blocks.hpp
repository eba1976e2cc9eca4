// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/isa/naked.hpp"
#include "mirim/micro/simd32.hpp"
#include "mirim/micro/unroll.hpp"

/// Dot products of 16-bit numbers for Winograd's convolution: four filters with two tiles, at each of 16 places of a
/// tile. 16 products take 14 instructions and 16 cycles: 8 SMLAD, 6 LDR. Eight sums, four words and two pointers are
/// all 14 registers.
///
/// Order of `weights`: for each place, for each two channels, a word of each filter. Of `inputs`: for each place, for
/// each two channels, a word of each tile. Of `sums`: for each place, for each filter, one of each tile.
namespace mirim {
namespace micro {
inline namespace v0 {

constexpr int32_t kWinogradPlaces = 16, kWinogradFilters = 4, kWinogradTiles = 2;
constexpr int32_t kWinogradSums = kWinogradPlaces * kWinogradFilters * kWinogradTiles;

/// In C++. Returns the end of the weights.
inline const uint32_t* winograd_block_plain(const uint32_t* weights, const uint32_t* inputs, int32_t* sums,
                                            int32_t channels) {
  for (int32_t place = 0; place < kWinogradPlaces; ++place) {
    int32_t sum[kWinogradFilters * kWinogradTiles] = {};
    for (int32_t n = channels / 2; n > 0; --n, weights += kWinogradFilters, inputs += kWinogradTiles) {
      for (int i = 0; i < kWinogradFilters * kWinogradTiles; ++i) {
        sum[i] = add_products(sum[i], weights[i / kWinogradTiles], inputs[i % kWinogradTiles]);
      }
    }
    for (int32_t each : sum) *sums++ = each;
  }
  return weights;
}

#ifdef MIRIM_NAKED_SIMD32

struct WinogradAssembly {
  /// `place`: bytes of the inputs at a place, a multiple of 64.
  MIRIM_NAKED static const uint32_t* run(const uint32_t* /*weights*/, const uint32_t* /*inputs*/, int32_t* /*sums*/,
                                         int32_t /*place*/) {
    __asm__ volatile(
        "push   {r2-r11, lr}\n"
        "add    r4, r1, r3, lsl #4\n"
        "sub    sp, #8\n"
        "str    r4, [sp, #4]\n"  // 0: end of this place, 4: of all, 8: sums, 12: bytes of a place
        "1:\n"
        "ldr    r3, [sp, #12]\n"
        "add    r3, r1\n"
        "str    r3, [sp]\n"
        "mov    r6, #0\n"
        "mov    r7, #0\n"
        "mov    r8, #0\n"
        "mov    r9, #0\n"
        "mov    r10, #0\n"
        "mov    r11, #0\n"
        "mov    r12, #0\n"
        "mov    lr, #0\n"
        "2:\n"
        ".irp   i, 0, 8, 16, 24, 32, 40, 48, 56\n"
        "ldr    r2, [r0, #2 * \\i]\n"
        "ldr    r3, [r0, #2 * \\i + 4]\n"
        "ldr    r4, [r1, #\\i]\n"
        "ldr    r5, [r1, #\\i + 4]\n"
        "smlad  r6, r2, r4, r6\n"
        "smlad  r7, r2, r5, r7\n"
        "smlad  r8, r3, r4, r8\n"
        "smlad  r9, r3, r5, r9\n"
        "ldr    r2, [r0, #2 * \\i + 8]\n"
        "ldr    r3, [r0, #2 * \\i + 12]\n"
        "smlad  r10, r2, r4, r10\n"
        "smlad  r11, r2, r5, r11\n"
        "smlad  r12, r3, r4, r12\n"
        "smlad  lr, r3, r5, lr\n"
        ".endr\n"
        "ldr    r2, [sp]\n"
        "adds   r0, #128\n"
        "adds   r1, #64\n"
        "cmp    r1, r2\n"
        "bne    2b\n"
        "ldr    r2, [sp, #8]\n"
        "ldr    r3, [sp, #4]\n"
        "stmia  r2!, {r6-r12, lr}\n"
        "str    r2, [sp, #8]\n"
        "cmp    r1, r3\n"
        "bne    1b\n"
        "add    sp, #16\n"
        "pop    {r4-r11, pc}\n");
  }
};

#endif

/// `sums`: kWinogradSums. `channels`: a multiple of 16. Returns the end of the weights.
inline const uint32_t* winograd_block(const uint32_t* weights, const uint32_t* inputs, int32_t* sums,
                                      int32_t channels) {
#ifdef MIRIM_NAKED_SIMD32
  return WinogradAssembly::run(weights, inputs, sums, 4 * channels);
#else
  return winograd_block_plain(weights, inputs, sums, channels);
#endif
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
