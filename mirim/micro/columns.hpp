// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/requantize.hpp"
#include "mirim/micro/simd32.hpp"
#include "mirim/micro/unroll.hpp"

/// The inputs of two output pixels of a convolution, interleaved as 16-bit numbers in `size` words, and their products
/// with filters. Value k of pixel x, of `size` values each, is in:
///   k below size / 8 * 8: word k / 4 * 4 + 2 * x + k % 2, the low half if k % 4 < 2
///   the rest:             word k, the low half if x is 0
/// so that the bytes of a word of weights match the order of even_bytes and odd_bytes. 16 products: 8 SMLAD, 4 SXTB16
/// (shared by both pixels), 4 loads.
namespace mirim {
namespace micro {
inline namespace v0 {

constexpr int kPixels = 2;

inline void set_column_value(uint32_t* columns, int32_t size, int32_t k, int pixel, int32_t value) {
  const int32_t paired = size & ~7;
  int32_t half = 2 * k + pixel;
  if (k < paired) half = 2 * ((k & ~3) + 2 * pixel + (k & 1)) + ((k >> 1) & 1);
  const auto narrow = static_cast<int16_t>(value);
  __builtin_memcpy(reinterpret_cast<unsigned char*>(columns) + 2 * half, &narrow, sizeof narrow);
}

/// Values [k, end) of a pixel's column become input[...] + offset.
inline void fill_column(uint32_t* columns, int32_t size, int pixel, int32_t k, int32_t end, const int8_t* input,
                        int32_t offset) {
  for (; k < end && k % 4 != 0; ++k) set_column_value(columns, size, k, pixel, *input++ + offset);
  const int32_t paired = min(end & ~3, size & ~7);
  uint32_t* to = columns + k + 2 * pixel;
  const uint32_t offsets = both_halves(offset);
  MIRIM_UNROLL(2)
  for (int32_t fours = (paired - k) / 4; fours > 0; --fours, k += 4, input += 4, to += 4) {
    const uint32_t bytes = load_word(input);
    to[0] = even_bytes_plus(offsets, bytes);
    to[1] = odd_bytes_plus(offsets, bytes);
  }
  MIRIM_UNROLL(1)
  for (; k < end; ++k) set_column_value(columns, size, k, pixel, *input++ + offset);
}

/// Values [k, end) become 0, for padding.
inline void clear_column(uint32_t* columns, int32_t size, int pixel, int32_t k, int32_t end) {
  for (; k < end && k % 4 != 0; ++k) set_column_value(columns, size, k, pixel, 0);
  const int32_t paired = min(end & ~3, size & ~7);
  for (; k < paired; k += 4) columns[k + 2 * pixel] = columns[k + 2 * pixel + 1] = 0;
  MIRIM_UNROLL(1)
  for (; k < end; ++k) set_column_value(columns, size, k, pixel, 0);
}

/// The sums of both filters for either column.
struct ColumnSums {
  int32_t filter0[kPixels];
  int32_t filter1[kPixels];
};

#ifdef MIRIM_ALL_REGISTERS
// Eight weights of two filters times their values of two pixels.
#define MIRIM_EIGHT                         \
  ".rept 2\n"                               \
  "ldr    %[odd], [%[w0]], #4\n"            \
  "ldrd   %[v0], %[v1], [%[columns]], #8\n" \
  "ldrd   %[v2], %[v3], [%[columns]], #8\n" \
  "sxtb16 %[even], %[odd]\n"                \
  "sxtb16 %[odd], %[odd], ror #8\n"         \
  "smlad  %[s00], %[even], %[v0], %[s00]\n" \
  "smlad  %[s01], %[even], %[v2], %[s01]\n" \
  "smlad  %[s00], %[odd], %[v1], %[s00]\n"  \
  "smlad  %[s01], %[odd], %[v3], %[s01]\n"  \
  "ldr    %[odd], [%[w1]], #4\n"            \
  "sxtb16 %[even], %[odd]\n"                \
  "sxtb16 %[odd], %[odd], ror #8\n"         \
  "smlad  %[s10], %[even], %[v0], %[s10]\n" \
  "smlad  %[s11], %[even], %[v2], %[s11]\n" \
  "smlad  %[s10], %[odd], %[v1], %[s10]\n"  \
  "smlad  %[s11], %[odd], %[v3], %[s11]\n"  \
  ".endr\n"
#endif

/// Adds the products of `eights` times eight weights with their values, eights > 0; advances all pointers.
inline void add_eights(ColumnSums& sums, const int8_t*& weights0, const int8_t*& weights1, const uint32_t*& columns,
                       int32_t eights) {
#ifdef MIRIM_ALL_REGISTERS
  const uint32_t* end = columns + 8 * eights;
  uint32_t even, odd, values0, values1, values2, values3;
  __asm__ volatile(
      "ldr    %[even], %[eights]\n"  // sixteen at a time; first eight if the number is odd
      "lsls   %[even], #31\n"
      "bne    2f\n"
      "1:\n" MIRIM_EIGHT "2:\n" MIRIM_EIGHT
      "ldr    %[even], %[end]\n"
      "cmp    %[columns], %[even]\n"
      "bne    1b\n"
      : [s00] "+r"(sums.filter0[0]), [s01] "+r"(sums.filter0[1]), [s10] "+r"(sums.filter1[0]),
        [s11] "+r"(sums.filter1[1]), [w0] "+r"(weights0), [w1] "+r"(weights1), [columns] "+r"(columns),
        [even] "=&r"(even), [odd] "=&r"(odd), [v0] "=&r"(values0), [v1] "=&r"(values1), [v2] "=&r"(values2),
        [v3] "=&r"(values3), [end] "+m"(end), [eights] "+m"(eights)
      :
      : "cc", "memory");
#else
  for (; eights > 0; --eights) {
    for (int four = 0; four < 2; ++four, weights0 += 4, weights1 += 4, columns += 4) {
      const uint32_t bytes0 = load_word(weights0), bytes1 = load_word(weights1);
      for (int x = 0; x < kPixels; ++x) {
        const uint32_t* values = columns + 2 * x;
        sums.filter0[x] = add_products(sums.filter0[x], even_bytes(bytes0), values[0]);
        sums.filter0[x] = add_products(sums.filter0[x], odd_bytes(bytes0), values[1]);
        sums.filter1[x] = add_products(sums.filter1[x], even_bytes(bytes1), values[0]);
        sums.filter1[x] = add_products(sums.filter1[x], odd_bytes(bytes1), values[1]);
      }
    }
  }
#endif
}
#undef MIRIM_EIGHT

/// `sums` plus the products of two filters of `size` weights with two columns.
inline ColumnSums column_products(ColumnSums sums, const int8_t* weights0, const int8_t* weights1,
                                  const uint32_t* columns, int32_t size) {
  if (size >= 8) add_eights(sums, weights0, weights1, columns, size / 8);
  for (int32_t k = size & ~7; k < size; ++k) {
    const uint32_t values = *columns++;
    const uint32_t w0 = both_halves(*weights0++), w1 = both_halves(*weights1++);
    sums.filter0[0] = add_low_product(sums.filter0[0], w0, values);
    sums.filter0[1] = add_high_product(sums.filter0[1], w0, values);
    sums.filter1[0] = add_low_product(sums.filter1[0], w1, values);
    sums.filter1[1] = add_high_product(sums.filter1[1], w1, values);
  }
  return sums;
}

/// The outputs of `count` filters of `size` weights for two columns: output[x * pixel_stride + o]. If `count` is odd,
/// the last one is computed twice; if pixel_stride is 0, the one pixel is too. Channels is Int8Channels or
/// DynamicChannels.
template <class Channels, class Output>
[[gnu::noinline]] inline void multiply_columns(const int8_t* weights, Channels channels, int32_t size, int32_t count,
                                               const uint32_t* columns, int32_t pixel_stride, Output* output) {
  const Channels all = channels;
  Output* const first = output;
  for (int32_t left = count; left > 0; left -= 2) {
    const int32_t second = left > 1 ? 1 : 0;
    const int32_t start0 = channels.start(0), start1 = channels.start(second);
    const ColumnSums sums =
        column_products({{start0, start0}, {start1, start1}}, weights, weights + second * size, columns, size);
    const auto rescale0 = channels.rescale(0), rescale1 = channels.rescale(second);
    output[pixel_stride] = static_cast<Output>(channels.result(sums.filter0[1], rescale0));
    output[0] = static_cast<Output>(channels.result(sums.filter0[0], rescale0));
    output[pixel_stride + second] = static_cast<Output>(channels.result(sums.filter1[1], rescale1));
    output[second] = static_cast<Output>(channels.result(sums.filter1[0], rescale1));
    weights += 2 * size, output += 2;
    channels.skip(2);
  }
  all.bound(first, count);
  if (pixel_stride) all.bound(first + pixel_stride, count);
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
