// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/simd32.hpp"
#include "mirim/micro/unroll.hpp"

/// Four rows of int8 weights, `row` bytes apart, times the same int8 inputs, which are widened once for all four.
namespace mirim {
namespace micro {
inline namespace v0 {

struct FourSums {
  int32_t of[4];
};

/// sums plus the products of `count` times four inputs with four rows. 26 instructions for 16 products.
[[gnu::noinline]] inline FourSums add_fours(FourSums sums, const int8_t* input, const int8_t* weights, int32_t row,
                                            uint32_t offsets, int32_t count) {
#ifdef MIRIM_ALL_REGISTERS
  // With these chosen by hand GCC finds the other nine without r9 (-ffixed-r9), and needs fewer moves around the loop.
  register int32_t sum0 __asm__("r4") = sums.of[0];
  register int32_t sum1 __asm__("r5") = sums.of[1];
  register int32_t sum2 __asm__("r6") = sums.of[2];
  register int32_t sum3 __asm__("r8") = sums.of[3];
  const int8_t* last = weights + 3 * row;
  uint32_t even, odd, even_weights, odd_weights;
  __asm__ volatile(
      "1:\n"
      "ldr     %[wo], [%[input]], #4\n"
      "ldr     %[odd], %[offsets]\n"
      "sxtab16 %[even], %[odd], %[wo]\n"
      "sxtab16 %[odd], %[odd], %[wo], ror #8\n"
      "ldr     %[wo], [%[w], %[row]]\n"
      "sxtb16  %[we], %[wo]\n"
      "sxtb16  %[wo], %[wo], ror #8\n"
      "smlad   %[s1], %[we], %[even], %[s1]\n"
      "smlad   %[s1], %[wo], %[odd], %[s1]\n"
      "ldr     %[wo], [%[w], %[row], lsl #1]\n"
      "sxtb16  %[we], %[wo]\n"
      "sxtb16  %[wo], %[wo], ror #8\n"
      "smlad   %[s2], %[we], %[even], %[s2]\n"
      "smlad   %[s2], %[wo], %[odd], %[s2]\n"
      "ldr     %[wo], [%[w]], #4\n"
      "sxtb16  %[we], %[wo]\n"
      "sxtb16  %[wo], %[wo], ror #8\n"
      "smlad   %[s0], %[we], %[even], %[s0]\n"
      "smlad   %[s0], %[wo], %[odd], %[s0]\n"
      "ldr     %[wo], [%[last]], #4\n"
      "sxtb16  %[we], %[wo]\n"
      "sxtb16  %[wo], %[wo], ror #8\n"
      "smlad   %[s3], %[we], %[even], %[s3]\n"
      "smlad   %[s3], %[wo], %[odd], %[s3]\n"
      "subs    %[count], #1\n"
      "bne     1b\n"
      : [s0] "+r"(sum0), [s1] "+r"(sum1), [s2] "+r"(sum2), [s3] "+r"(sum3), [input] "+r"(input), [w] "+r"(weights),
        [last] "+r"(last), [count] "+r"(count), [even] "=&r"(even), [odd] "=&r"(odd), [we] "=&r"(even_weights),
        [wo] "=&r"(odd_weights), [offsets] "+m"(offsets)
      : [row] "r"(row)
      : "cc", "memory");
  sums = {{sum0, sum1, sum2, sum3}};
#else
  for (; count > 0; --count, input += 4, weights += 4) {
    const uint32_t values = load_word(input);
    for (int k = 0; k < 4; ++k) {
      const uint32_t bytes = load_word(weights + k * row);
      sums.of[k] = add_products(sums.of[k], even_bytes(bytes), even_bytes_plus(offsets, values));
      sums.of[k] = add_products(sums.of[k], odd_bytes(bytes), odd_bytes_plus(offsets, values));
    }
  }
#endif
  return sums;
}

/// sums += the products of `count` inputs, each plus `offset`, with four rows.
inline void add_four_rows(FourSums& sums, const int8_t* input, const int8_t* weights, int32_t row, int32_t count,
                          int32_t offset) {
  if (count >= 4) sums = add_fours(sums, input, weights, row, both_halves(offset), count / 4);
  MIRIM_UNROLL(1)
  for (int32_t i = count & ~3; i < count; ++i) {
    const int32_t value = input[i] + offset;
    sums.of[0] += weights[i] * value;
    sums.of[1] += weights[row + i] * value;
    sums.of[2] += weights[2 * row + i] * value;
    sums.of[3] += weights[3 * row + i] * value;
  }
}

/// sum plus the products of `count` inputs, each plus `offset`, with one row: 9 instructions for 4 products.
[[gnu::noinline]] inline int32_t add_row(int32_t sum, const int8_t* input, const int8_t* weights, int32_t count,
                                         int32_t offset) {
  const uint32_t offsets = both_halves(offset);
  MIRIM_UNROLL(2)
  for (; count >= 4; count -= 4, input += 4, weights += 4) {
    const uint32_t values = load_word(input), bytes = load_word(weights);
    sum = add_products(sum, even_bytes(bytes), even_bytes_plus(offsets, values));
    sum = add_products(sum, odd_bytes(bytes), odd_bytes_plus(offsets, values));
  }
  MIRIM_UNROLL(1)
  for (; count > 0; --count) sum += *weights++ * (*input++ + offset);
  return sum;
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
