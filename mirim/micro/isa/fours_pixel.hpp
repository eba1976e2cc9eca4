// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/isa/naked.hpp"
#include "mirim/micro/isa/short_rescale.hpp"
#include "mirim/micro/requantize.hpp"
#include "mirim/micro/simd32.hpp"
#include "mirim/micro/unroll.hpp"

/// One output pixel of a depthwise convolution, four channels at a time, in the order of `packed` in
/// depthwise_conv2d_fours.hpp. In assembly for three or two columns of a filter that is three wide: 8 instructions for
/// a tap's four products, 3 for a row of taps, 7 to finish an output, 16 around them.
namespace mirim {
namespace micro {
inline namespace v0 {

/// The taps inside the input at an output pixel, and what all its channels share. Bytes are of `packed`.
struct FoursWindow {
  int32_t input_column;  ///< bytes of the input from tap to tap
  int32_t input_row;     ///< and from one row's first tap to the next row's
  int32_t rows;          ///< of taps; 0 where all of them are padding
  int32_t columns;       ///< likewise
  int32_t fours;         ///< channels / 4
  uint32_t offsets;      ///< minus the input's zero point, in both halves
  int32_t twice_offset;  ///< 2 * output_offset + 1
  int32_t skipped;       ///< bytes of taps before the first
  int32_t rest;  ///< bytes from the end of the last row of taps, at whole rows from the first tap on, to the scales
  int32_t weights_row;  ///< bytes of a row of taps
  int32_t back;         ///< bytes from the input after the last row to the next four channels, to be subtracted
};

/// In C++, for any window.
[[gnu::noinline]] inline void fours_pixel_plain(const FoursWindow& w, const int8_t* input, const uint32_t* packed,
                                                int8_t* output) {
  MIRIM_UNROLL(1)
  for (int32_t four = 0; four < w.fours; ++four, input += 4) {
    int32_t twice[4];
    for (int32_t& sum : twice) sum = static_cast<int32_t>(*packed++);
    const int8_t* row = input;
    packed += w.skipped / 4;
    MIRIM_UNROLL(1)
    for (int32_t i = w.rows; i > 0; --i, row += w.input_row, packed += w.weights_row / 4) {
      const int8_t* from = row;
      const uint32_t* weights = packed;
      MIRIM_UNROLL(1)
      for (int32_t j = w.columns; j > 0; --j, from += w.input_column, weights += 2) {
        const uint32_t values = load_word(from);
        const uint32_t even = even_bytes_plus(w.offsets, values), odd = odd_bytes_plus(w.offsets, values);
        twice[0] = add_low_product(twice[0], even, weights[0]);
        twice[1] = add_low_product(twice[1], odd, weights[1]);
        twice[2] = add_high_product(twice[2], even, weights[0]);
        twice[3] = add_high_product(twice[3], odd, weights[1]);
      }
    }
    packed += w.rest / 4;
    for (const int32_t sum : twice) {
      const auto right = static_cast<int32_t>(packed[1]);
      const ShortRescale rescale = {static_cast<int32_t>(packed[0]), right, shift_left(w.twice_offset, right)};
      *output++ = static_cast<int8_t>(rescale.result(sum));
      packed += 2;
    }
  }
}

#ifdef MIRIM_NAKED_SIMD32

// r0 input, r1 packed, r2 bytes of a column, r3 of a row, r4-r7 sums, r8 offsets, lr rows left; on the stack the
// output, the window, fours left.
#define MIRIM_FOURS_TAP(from)    \
  "ldr     r9, " from            \
  "\n"                           \
  "ldrd    r10, r11, [r1], #8\n" \
  "sxtab16 r12, r8, r9\n"        \
  "sxtab16 r9, r8, r9, ror #8\n" \
  "smlabb  r4, r12, r10, r4\n"   \
  "smlatt  r6, r12, r10, r6\n"   \
  "smlabb  r5, r9, r11, r5\n"    \
  "smlatt  r7, r9, r11, r7\n"
#define MIRIM_FOURS_RESULT(sum)    \
  "ldrd    r9, r10, [r1], #8\n"    \
  "lsl     r11, r12, r10\n"        \
  "add     r11, r11, " sum         \
  ", asr #31\n"                    \
  "smmlar  r11, " sum              \
  ", r9, r11\n"                    \
  "asr     r11, r10\n"             \
  "ssat    r11, #8, r11, asr #1\n" \
  "strb    r11, [lr], #1\n"
#define MIRIM_FOURS_PIXEL(taps) \
  "push    {r4-r11, lr}\n"                 \
  "ldr     r4, [r3, #16]\n"                \
  "push    {r2-r4}\n"                      \
  "mov     r12, r3\n"                      \
  "ldr     r2, [r12]\n"                    \
  "ldr     r3, [r12, #4]\n"                \
  "ldr     r8, [r12, #20]\n"               \
  "1:\n"                                   \
  "ldr     r9, [r12, #28]\n"               \
  "ldr     lr, [r12, #8]\n"                \
  "ldm     r1!, {r4-r7}\n"                 \
  "add     r1, r9\n"                       \
  "2:\n" taps                              \
  "add     r0, r3\n"                       \
  "subs    lr, #1\n"                       \
  "bne     2b\n"                           \
  "ldr     r12, [sp, #4]\n"                \
  "ldr     lr, [sp]\n"                     \
  "ldr     r9, [r12, #32]\n"               \
  "ldr     r10, [r12, #40]\n"              \
  "ldr     r12, [r12, #24]\n"              \
  "add     r1, r9\n"                       \
  "sub     r0, r10\n" MIRIM_FOURS_RESULT("r4") MIRIM_FOURS_RESULT("r5") MIRIM_FOURS_RESULT("r6") \
      MIRIM_FOURS_RESULT("r7")             \
  "str     lr, [sp]\n"                     \
  "ldr     r9, [sp, #8]\n"                 \
  "ldr     r12, [sp, #4]\n"                \
  "subs    r9, #1\n"                       \
  "str     r9, [sp, #8]\n"                 \
  "bne     1b\n"                           \
  "add     sp, #12\n"                      \
  "pop     {r4-r11, pc}\n"

struct FoursAssembly {
  MIRIM_NAKED static void three(const int8_t* /*input*/, const uint32_t* /*packed*/, int8_t* /*output*/,
                                const FoursWindow* /*window*/) {
    __asm__ volatile(
        MIRIM_FOURS_PIXEL(MIRIM_FOURS_TAP("[r0]") MIRIM_FOURS_TAP("[r0, r2]") MIRIM_FOURS_TAP("[r0, r2, lsl #1]")));
  }
  MIRIM_NAKED static void two(const int8_t* /*input*/, const uint32_t* /*packed*/, int8_t* /*output*/,
                              const FoursWindow* /*window*/) {
    __asm__ volatile(MIRIM_FOURS_PIXEL(MIRIM_FOURS_TAP("[r0]") MIRIM_FOURS_TAP("[r0, r2]") "add     r1, #8\n"));
  }
};

#undef MIRIM_FOURS_TAP
#undef MIRIM_FOURS_RESULT
#undef MIRIM_FOURS_PIXEL
#endif

/// `input`: the first tap. `packed`: the first four channels. `output`: the pixel.
inline void fours_pixel(const FoursWindow& w, const int8_t* input, const uint32_t* packed, int8_t* output) {
#ifdef MIRIM_NAKED_SIMD32
  if (w.weights_row == 24 && w.columns > 1 && w.rows > 0) {
    return w.columns == 3 ? FoursAssembly::three(input, packed, output, &w)
                          : FoursAssembly::two(input, packed, output, &w);
  }
#endif
  fours_pixel_plain(w, input, packed, output);
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
