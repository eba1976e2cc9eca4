// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/isa/naked.hpp"
#include "mirim/micro/isa/short_rescale.hpp"
#include "mirim/micro/simd32.hpp"
#include "mirim/micro/unroll.hpp"

/// One channel of an image as a plane of 16-bit numbers, padding included: filled, multiplied with a filter, and its
/// sums requantized.
namespace mirim {
namespace micro {
inline namespace v0 {

/// Bytes that become numbers of the plane.
struct PlaneFill {
  const int8_t* from;
  int32_t step;       ///< bytes from column to column
  int32_t row_bytes;  ///< from row to row
  int16_t* to;
  int32_t pitch;    ///< numbers from row to row
  int32_t rows;     ///< may be 0, as may
  int32_t columns;  ///< be these
};

inline void fill_plane_plain(const PlaneFill& f) {
  for (int32_t y = 0; y < f.rows; ++y) {
    const int8_t* from = f.from + y * f.row_bytes;
    for (int32_t x = 0; x < f.columns; ++x) f.to[y * f.pitch + x] = from[x * f.step];  // NOLINT: a number, no character
  }
}

/// Sums of a filter over rows of the plane.
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

/// In C++: for each two outputs and row of the filter two words of the plane and six products.
template <int kStride>
[[gnu::noinline]] inline void plane_rows_3x3_plain(const PlaneRows& r, const int8_t* weights) {
  const auto pair = [weights](int k) {
    return (static_cast<uint32_t>(weights[k]) & 0xffff) | static_cast<uint32_t>(weights[k + 1]) << 16;
  };
  int32_t* sums = r.sums;
  for (int32_t y = 0; y < r.rows; ++y) {
    const int16_t* at = r.plane + y * kStride * r.pitch;
    MIRIM_UNROLL(1)
    for (int32_t x = 0; x < r.columns; x += 2, at += 2 * kStride, sums += 2) {
      int32_t sum0 = 0, sum1 = 0;
      for (int i = 0; i < 3; ++i) {
        const int16_t* row = at + i * r.pitch;
        const uint32_t w01 = pair(3 * i), w12 = pair(3 * i + 1);
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

/// Sums that become int8.
struct PlaneSums {
  const int32_t* sums;
  int32_t pitch;  ///< sums from row to row
  int32_t rows;   ///< > 0
  int32_t columns;
  int32_t twice_bias;
  int8_t* output;
  int32_t step;       ///< bytes from output to output
  int32_t row_bytes;  ///< from row to row of outputs
};

inline void finish_plane_sums_plain(const PlaneSums& s, const ShortRescale& rescale) {
  for (int32_t y = 0; y < s.rows; ++y) {
    for (int32_t x = 0; x < s.columns; ++x) {
      s.output[y * s.row_bytes + x * s.step] =
          static_cast<int8_t>(rescale.result(s.twice_bias + 2 * s.sums[y * s.pitch + x]));
    }
  }
}

#ifdef MIRIM_NAKED_SIMD32

// What the assembly finds above its frames.
struct PlaneFillFrame {
  int32_t rows;
  int32_t from_skip;  ///< bytes from the end of a row to the next
  int32_t to_skip;
};
struct PlaneRowsFrame {
  int32_t row_bytes;   ///< of sums
  int32_t skip_bytes;  ///< of the plane, from the end of a row's windows to the next row's
  int32_t rows;
};
struct PlaneSumsFrame {
  int32_t rows;
  int32_t skip_bytes;  ///< of sums, from the end of a row to the next
  int32_t twice_bias;
  ShortRescale rescale;
  int32_t output_skip;
};

/// Four numbers: 12 instructions, 15 cycles.
struct PlaneFillAssembly {
  MIRIM_NAKED static void run(const int8_t* /*from*/, int16_t* /*to*/, int32_t /*step*/, int32_t /*columns*/,
                              PlaneFillFrame /*frame*/) {
    __asm__ volatile(
        "push   {r4-r10, lr}\n"
        "add    r8, r2, r2, lsl #1\n"
        "ldr    r9, [sp, #32]\n"
        "ldr    r10, [sp, #36]\n"
        "ldr    r12, [sp, #40]\n"
        "1:\n"
        "subs   lr, r3, #4\n"
        "blt    3f\n"
        "2:\n"
        "ldrsb  r4, [r0]\n"
        "ldrsb  r5, [r0, r2]\n"
        "ldrsb  r6, [r0, r2, lsl #1]\n"
        "ldrsb  r7, [r0, r8]\n"
        "add    r0, r0, r2, lsl #2\n"
        "strh   r4, [r1]\n"
        "strh   r5, [r1, #2]\n"
        "strh   r6, [r1, #4]\n"
        "strh   r7, [r1, #6]\n"
        "adds   r1, #8\n"
        "subs   lr, #4\n"
        "bge    2b\n"
        "3:\n"
        "adds   lr, #4\n"
        "beq    5f\n"
        "4:\n"
        "ldrsb  r4, [r0]\n"
        "add    r0, r2\n"
        "strh   r4, [r1], #2\n"
        "subs   lr, #1\n"
        "bne    4b\n"
        "5:\n"
        "add    r0, r10\n"
        "add    r1, r12\n"
        "subs   r9, #1\n"
        "bne    1b\n"
        "pop    {r4-r10, pc}\n");
  }
};

template <int kStride>
struct PlaneAssembly3x3;

// Registers: three pointers to rows in r0, r1, r10; the weights of each row as (w0, w1) and (w1, w2) in r4 to r9; two
// words of the plane in r11, r12; two sums in r3, lr; their place in r2. Two outputs: 16 instructions and 24 cycles
// with stride 1, 19 and 33 with stride 2.
#define MIRIM_PLANE_BEGIN                                               \
  "push   {r2, r4-r11, lr}\n" /* sp: row's end; arguments at sp + 40 */ \
  "ldrsb  r4, [r0]\n"                                                   \
  "ldrsb  r5, [r0, #1]\n"                                               \
  "ldrsb  r6, [r0, #2]\n"                                               \
  "pkhbt  r4, r4, r5, lsl #16\n"                                        \
  "pkhbt  r5, r5, r6, lsl #16\n"                                        \
  "ldrsb  r6, [r0, #3]\n"                                               \
  "ldrsb  r7, [r0, #4]\n"                                               \
  "ldrsb  r8, [r0, #5]\n"                                               \
  "pkhbt  r6, r6, r7, lsl #16\n"                                        \
  "pkhbt  r7, r7, r8, lsl #16\n"                                        \
  "ldrsb  r8, [r0, #6]\n"                                               \
  "ldrsb  r9, [r0, #7]\n"                                               \
  "ldrsb  r10, [r0, #8]\n"                                              \
  "pkhbt  r8, r8, r9, lsl #16\n"                                        \
  "pkhbt  r9, r9, r10, lsl #16\n"                                       \
  "add    r10, r1, r3, lsl #1\n"                                        \
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
  MIRIM_NAKED static void run(const int8_t* /*weights*/, const int16_t* /*plane*/, int32_t* /*sums*/,
                              int32_t /*pitch_bytes*/, PlaneRowsFrame /*frame*/) {
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
  MIRIM_NAKED static void run(const int8_t* /*weights*/, const int16_t* /*plane*/, int32_t* /*sums*/,
                              int32_t /*pitch_bytes*/, PlaneRowsFrame /*frame*/) {
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

/// Four sums: 29 instructions, 35 cycles.
struct PlaneSumsAssembly {
  MIRIM_NAKED static void run(const int32_t* /*sums*/, int8_t* /*output*/, int32_t /*step*/, int32_t /*columns*/,
                              PlaneSumsFrame /*frame*/) {
#define MIRIM_RESCALE(x) \
  "add    " x ", r4, " x \
  ", lsl #1\n"           \
  "add    r12, r5, " x   \
  ", asr #31\n"          \
  "smmlar " x ", " x     \
  ", r6, r12\n"          \
  "asr    " x ", " x     \
  ", r7\n"               \
  "ssat   " x ", #8, " x ", asr #1\n"
    __asm__ volatile(
        "push   {r4-r11, lr}\n"
        "ldr    r4, [sp, #44]\n"
        "ldr    r6, [sp, #48]\n"
        "ldr    r7, [sp, #52]\n"
        "ldr    r5, [sp, #56]\n"
        "1:\n"
        "subs   lr, r3, #4\n"
        "blt    3f\n"
        "2:\n"
        "ldmia  r0!, {r8-r11}\n"
        MIRIM_RESCALE("r8") MIRIM_RESCALE("r9") MIRIM_RESCALE("r10") MIRIM_RESCALE("r11")
        "strb   r8, [r1]\n"
        "strb   r9, [r1, r2]\n"
        "add    r1, r1, r2, lsl #1\n"
        "strb   r10, [r1]\n"
        "strb   r11, [r1, r2]\n"
        "add    r1, r1, r2, lsl #1\n"
        "subs   lr, #4\n"
        "bge    2b\n"
        "3:\n"
        "adds   lr, #4\n"
        "beq    5f\n"
        "4:\n"
        "ldr    r8, [r0], #4\n"
        MIRIM_RESCALE("r8")
        "strb   r8, [r1]\n"
        "add    r1, r2\n"
        "subs   lr, #1\n"
        "bne    4b\n"
        "5:\n"
        "ldr    lr, [sp, #36]\n"
        "ldr    r12, [sp, #40]\n"
        "ldr    r8, [sp, #60]\n"
        "add    r0, r12\n"
        "add    r1, r8\n"
        "subs   lr, #1\n"
        "str    lr, [sp, #36]\n"
        "bne    1b\n"
        "pop    {r4-r11, pc}\n");
#undef MIRIM_RESCALE
  }
};

#endif

inline void fill_plane(const PlaneFill& f) {
#ifdef MIRIM_NAKED_SIMD32
  if (f.rows <= 0 || f.columns <= 0) return;
  PlaneFillAssembly::run(f.from, f.to, f.step, f.columns,
                         {f.rows, f.row_bytes - f.columns * f.step, 2 * (f.pitch - f.columns)});
#else
  fill_plane_plain(f);
#endif
}

/// The sums of a 3x3 filter, not dilated, stride 1 or 2 in both directions.
template <int kStride>
inline void plane_rows_3x3(const PlaneRows& r, const int8_t* weights) {
#ifdef MIRIM_NAKED_SIMD32
  PlaneAssembly3x3<kStride>::run(weights, r.plane, r.sums, 2 * r.pitch,
                                 {4 * r.columns, 2 * kStride * (r.pitch - r.columns), r.rows});
#else
  plane_rows_3x3_plain<kStride>(r, weights);
#endif
}

inline void finish_plane_sums(const PlaneSums& s, const ShortRescale& rescale) {
#ifdef MIRIM_NAKED_SIMD32
  PlaneSumsAssembly::run(s.sums, s.output, s.step, s.columns,
                         {s.rows, 4 * (s.pitch - s.columns), s.twice_bias, rescale, s.row_bytes - s.columns * s.step});
#else
  finish_plane_sums_plain(s, rescale);
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

}  // namespace v0
}  // namespace micro
}  // namespace mirim
