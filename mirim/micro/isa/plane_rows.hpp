// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/isa/naked.hpp"
#include "mirim/micro/isa/short_rescale.hpp"
#include "mirim/micro/simd32.hpp"
#include "mirim/micro/unroll.hpp"

/// Sums of one filter over rows of a plane: one channel of an image as 16-bit numbers, padding included. Weights are 16
/// bits wide and doubled, so that a sum is twice what it is to be, as ShortRescale wants it.
namespace mirim {
namespace micro {
inline namespace v0 {

struct PlaneRows {
  const int16_t* plane;  ///< at the window of the first output, on a whole word
  int32_t pitch;         ///< numbers from row to row, even
  int32_t* sums;         ///< one for each output, row by row
  int32_t rows;          ///< of outputs, > 0
  int32_t columns;       ///< outputs of a row, > 0; a multiple of 2 for 3x3, of 4 for others
  int32_t stride_height;
  int32_t stride_width;
  int32_t filter_height;
  int32_t filter_words;     ///< pairs of weights of a filter's row
  int32_t dilation_height;  ///< rows of the plane from one of the filter to the next
};

/// The six words of a 3x3 filter: for each row (w0, w1) and (w1, w2).
constexpr int32_t kWords3x3 = 6;

/// In C++: for each two outputs and row of the filter two words of the plane and six products.
template <int kStride>
[[gnu::noinline]] inline void plane_rows_3x3_plain(const PlaneRows& r, const uint32_t* weights) {
  int32_t* sums = r.sums;
  for (int32_t y = 0; y < r.rows; ++y) {
    const int16_t* at = r.plane + y * kStride * r.pitch;
    MIRIM_UNROLL(1)
    for (int32_t x = 0; x < r.columns; x += 2, at += 2 * kStride, sums += 2) {
      int32_t sum0 = 0, sum1 = 0;
      for (int i = 0; i < 3; ++i) {
        const int16_t* row = at + i * r.pitch;
        const uint32_t w01 = weights[2 * i], w12 = weights[2 * i + 1];
        const uint32_t second = load_word(row + 2);
        sum0 = add_products(sum0, load_word(row), w01);
        sum0 = add_high_product(sum0, second << 16, w12);
        if (kStride == 1) {
          sum1 = add_high_product(sum1, load_word(row), w01 << 16);
          sum1 = add_products(sum1, second, w12);
        } else {
          sum1 = add_products(sum1, second, w01);
          sum1 = add_high_product(sum1, load_word(row + 4) << 16, w12);
        }
      }
      sums[0] = sum0, sums[1] = sum1;
    }
  }
}

#ifdef MIRIM_NAKED_SIMD32

/// What the assembly finds above its frame.
struct PlaneFrame {
  int32_t row_bytes;   ///< of sums
  int32_t skip_bytes;  ///< of the plane, from the end of a row's windows to the next row's
  int32_t rows;
};

template <int kStride>
struct PlaneAssembly3x3;

// Three pointers to rows (r0, r1, r10), six words of weights (r4 to r9), two of the plane (r11, r12), two sums (r3, lr)
// and the place of the sums (r2). Two outputs: 16 instructions and 24 cycles with stride 1, 19 and 30 with stride 2.
#define MIRIM_PLANE_BEGIN                                               \
  "push   {r2, r4-r11, lr}\n" /* sp: row's end; arguments at sp + 40 */ \
  "add    r10, r1, r3, lsl #1\n"                                        \
  "ldmia  r0, {r4-r9}\n"                                                \
  "mov    r0, r1\n"                                                     \
  "add    r1, r1, r3\n"                                                 \
  "1:\n"                                                                \
  "ldr    r3, [sp, #40]\n"                                              \
  "add    lr, r2, r3\n"                                                 \
  "str    lr, [sp]\n"                                                   \
  "lsls   r3, r3, #28\n" /* an odd number of twos: begin half way */    \
  "bmi    3f\n"                                                         \
  "2:\n"
#define MIRIM_PLANE_END    \
  "ldr    r3, [sp]\n"      \
  "cmp    r2, r3\n"        \
  "bne    2b\n"            \
  "ldr    r3, [sp, #44]\n" \
  "ldr    lr, [sp, #48]\n" \
  "add    r0, r3\n"        \
  "add    r1, r3\n"        \
  "add    r10, r3\n"       \
  "subs   lr, #1\n"        \
  "str    lr, [sp, #48]\n" \
  "bne    1b\n"            \
  "pop    {r2, r4-r11, pc}\n"

template <>
struct PlaneAssembly3x3<1> {
  MIRIM_NAKED static void run(const uint32_t* /*weights*/, const int16_t* /*plane*/, int32_t* /*sums*/,
                              int32_t /*pitch_bytes*/, PlaneFrame /*frame*/) {
#define MIRIM_TWO_OUTPUTS        \
  "ldrd   r11, r12, [r0], #4\n"  \
  "smuad  r3, r11, r4\n"         \
  "smultb lr, r11, r4\n"         \
  "smlabt r3, r12, r5, r3\n"     \
  "smlad  lr, r12, r5, lr\n"     \
  "ldrd   r11, r12, [r1], #4\n"  \
  "smlad  r3, r11, r6, r3\n"     \
  "smlatb lr, r11, r6, lr\n"     \
  "smlabt r3, r12, r7, r3\n"     \
  "smlad  lr, r12, r7, lr\n"     \
  "ldrd   r11, r12, [r10], #4\n" \
  "smlad  r3, r11, r8, r3\n"     \
  "smlatb lr, r11, r8, lr\n"     \
  "smlabt r3, r12, r9, r3\n"     \
  "smlad  lr, r12, r9, lr\n"     \
  "strd   r3, lr, [r2], #8\n"
    __asm__ volatile(MIRIM_PLANE_BEGIN MIRIM_TWO_OUTPUTS "3:\n" MIRIM_TWO_OUTPUTS MIRIM_PLANE_END);
#undef MIRIM_TWO_OUTPUTS
  }
};

template <>
struct PlaneAssembly3x3<2> {
  MIRIM_NAKED static void run(const uint32_t* /*weights*/, const int16_t* /*plane*/, int32_t* /*sums*/,
                              int32_t /*pitch_bytes*/, PlaneFrame /*frame*/) {
#define MIRIM_ONE_OUTPUT(sum)     \
  "ldrd   r11, r12, [r0], #4\n"   \
  "smuad  " sum                   \
  ", r11, r4\n"                   \
  "smlabt " sum ", r12, r5, " sum \
  "\n"                            \
  "ldrd   r11, r12, [r1], #4\n"   \
  "smlad  " sum ", r11, r6, " sum \
  "\n"                            \
  "smlabt " sum ", r12, r7, " sum \
  "\n"                            \
  "ldrd   r11, r12, [r10], #4\n"  \
  "smlad  " sum ", r11, r8, " sum \
  "\n"                            \
  "smlabt " sum ", r12, r9, " sum "\n"
#define MIRIM_TWO_OUTPUTS MIRIM_ONE_OUTPUT("r3") MIRIM_ONE_OUTPUT("lr") "strd   r3, lr, [r2], #8\n"
    __asm__ volatile(MIRIM_PLANE_BEGIN MIRIM_TWO_OUTPUTS "3:\n" MIRIM_TWO_OUTPUTS MIRIM_PLANE_END);
#undef MIRIM_TWO_OUTPUTS
#undef MIRIM_ONE_OUTPUT
  }
};

#undef MIRIM_PLANE_BEGIN
#undef MIRIM_PLANE_END

#endif

/// The sums of a 3x3 filter of kWords3x3 words, not dilated, stride 1 or 2 in both directions.
template <int kStride>
inline void plane_rows_3x3(const PlaneRows& r, const uint32_t* weights) {
#ifdef MIRIM_NAKED_SIMD32
  const PlaneFrame frame = {4 * r.columns, 2 * kStride * (r.pitch - r.columns), r.rows};
  PlaneAssembly3x3<kStride>::run(weights, r.plane, r.sums, 2 * r.pitch, frame);
#else
  plane_rows_3x3_plain<kStride>(r, weights);
#endif
}

/// The sums of any filter: filter_height rows of filter_words pairs of weights. Four outputs share a load of weights:
/// 9 instructions for 8 products.
[[gnu::noinline]] inline void plane_rows(const PlaneRows& r, const uint32_t* weights) {
  int32_t* sums = r.sums;
  const int32_t stride = r.stride_width, row_step = r.dilation_height * r.pitch - 2 * r.filter_words;
  for (int32_t y = 0; y < r.rows; ++y) {
    const int16_t* at = r.plane + y * r.stride_height * r.pitch;
    for (int32_t x = 0; x < r.columns; x += 4, at += 4 * stride, sums += 4) {
      int32_t sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
      const int16_t* row = at;
      const uint32_t* w = weights;
      for (int32_t i = r.filter_height; i > 0; --i, row += row_step) {
        MIRIM_UNROLL(2)
        for (int32_t n = r.filter_words; n > 0; --n, row += 2) {
          const uint32_t two = *w++;
          sum0 = add_products(sum0, load_word(row), two);
          sum1 = add_products(sum1, load_word(row + stride), two);
          sum2 = add_products(sum2, load_word(row + 2 * stride), two);
          sum3 = add_products(sum3, load_word(row + 3 * stride), two);
        }
      }
      sums[0] = sum0, sums[1] = sum1, sums[2] = sum2, sums[3] = sum3;
    }
  }
}

/// `count` sums, each twice its value and with twice the bias still to come, become int8 `step` bytes apart.
[[gnu::noinline]] inline void finish_plane_sums(const int32_t* sums, int32_t count, int32_t twice_bias,
                                                const ShortRescale& rescale, int8_t* output, int32_t step) {
  const ShortRescale r = rescale;
  MIRIM_UNROLL(4)
  for (; count > 0; --count, output += step) *output = static_cast<int8_t>(r.result(wrapping_add(*sums++, twice_bias)));
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
