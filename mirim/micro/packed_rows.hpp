// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/arithmetic.hpp"
#include "mirim/micro/four_rows.hpp"
#include "mirim/micro/requantize.hpp"

/// Rows of weights of kBits = 4 or 2 bits, packed and used as they are: four rows at a time times the same inputs.
///
/// A block is four rows (those missing at the end are zeros) times four inputs: kBits / 2 words. In each halfword the
/// numbers of the four rows stand side by side, row 0 lowest, each plus kZero; of 2 bits there are two such fours, one
/// after the other. A word of 4 bits has one input in its low half and another in its high half. Which inputs these are
/// depends on their type, so that a word of inputs becomes two pairs with few instructions: of int8 0 and 2, then 1 and
/// 3, of int16 0 and 1, then 2 and 3. Blocks follow each other along a row, the last one filled with zeros.
namespace mirim {
namespace micro {
inline namespace v0 {

template <int kBits>
struct PackedBits {
  static constexpr int32_t kWords = kBits / 2;           ///< of a block
  static constexpr int32_t kZero = 1 << (kBits - 1);     ///< how a weight of 0 is stored
  static constexpr uint32_t kMask = (1U << kBits) - 1U;  ///< of a number
};

/// Inputs 0 to 3 of a block as two words of two halves, in the order of the weights.
struct InputPairs {
  uint32_t first;
  uint32_t second;
};

inline InputPairs input_pairs(const int8_t* input, uint32_t offsets) {
  const uint32_t values = load_word(input);
  return {even_bytes_plus(offsets, values), odd_bytes_plus(offsets, values)};
}
inline InputPairs input_pairs(const int16_t* input, uint32_t) { return {load_word(input), load_word(input + 2)}; }

/// sums += the stored numbers of each row, from bit `from` of each half of `word` on, times the two inputs.
template <int kBits>
inline void add_packed_pair(FourSums& sums, uint32_t word, int from, uint32_t pair) {
  constexpr uint32_t kBoth = PackedBits<kBits>::kMask * 0x10001U;
  for (int f = 0; f < 4; ++f) sums.of[f] = add_products(sums.of[f], word >> (from + f * kBits) & kBoth, pair);
}

#ifdef MIRIM_ALL_REGISTERS
// Products of a row's two numbers, cut out of `wo` by a shift and the mask, with a pair of inputs.
#define MIRIM_PACKED_PRODUCT(shift, sum, pair) \
  "and     %[cut], %[mask], %[wo]" shift       \
  "\n"                                         \
  "smlad   %[" sum "], %[cut], %[" pair "], %[" sum "]\n"
#define MIRIM_PACKED_PRODUCTS(a, b, c, d, pair) \
  MIRIM_PACKED_PRODUCT(a, "s0", pair)           \
  MIRIM_PACKED_PRODUCT(b, "s1", pair)           \
  MIRIM_PACKED_PRODUCT(c, "s2", pair)           \
  MIRIM_PACKED_PRODUCT(d, "s3", pair)
#define MIRIM_INT8_PAIRS                  \
  "ldr     %[odd], [%[input]], #4\n"      \
  "sxtab16 %[even], %[offsets], %[odd]\n" \
  "sxtab16 %[odd], %[offsets], %[odd], ror #8\n"
#define MIRIM_INT16_PAIRS             \
  "ldr     %[even], [%[input]], #4\n" \
  "ldr     %[odd], [%[input]], #4\n"
#define MIRIM_NEXT_WORD "ldr     %[wo], [%[w]], #4\n"
#define MIRIM_PACKED_LOOP(pairs, products)                                                                          \
  __asm__ volatile(                                                                                                 \
      "1:\n" pairs products                                                                                         \
      "subs    %[count], #1\n"                                                                                      \
      "bne     1b\n"                                                                                                \
      : [s0] "+r"(sum0), [s1] "+r"(sum1), [s2] "+r"(sum2), [s3] "+r"(sum3), [input] "+r"(input), [w] "+r"(weights), \
        [count] "+r"(count), [even] "=&r"(even), [odd] "=&r"(odd), [wo] "=&r"(word), [cut] "=&r"(cut)               \
      : [mask] "r"(mask), [offsets] "r"(offsets)                                                                    \
      : "cc", "memory")
#define MIRIM_PRODUCTS_OF_4_BITS                                                         \
  MIRIM_NEXT_WORD MIRIM_PACKED_PRODUCTS("", ", lsr #4", ", lsr #8", ", lsr #12", "even") \
      MIRIM_NEXT_WORD MIRIM_PACKED_PRODUCTS("", ", lsr #4", ", lsr #8", ", lsr #12", "odd")
#define MIRIM_PRODUCTS_OF_2_BITS                                                        \
  MIRIM_NEXT_WORD MIRIM_PACKED_PRODUCTS("", ", lsr #2", ", lsr #4", ", lsr #6", "even") \
      MIRIM_PACKED_PRODUCTS(", lsr #8", ", lsr #10", ", lsr #12", ", lsr #14", "odd")

/// sums += `count` blocks, at least one, in assembly: 23 instructions for 16 products of 4 bits and int8.
template <int kBits, class Activation>
[[gnu::noinline]] inline FourSums add_packed_blocks(FourSums sums, const Activation* input, const uint32_t* weights,
                                                    uint32_t offsets, int32_t count) {
  int32_t sum0 = sums.of[0], sum1 = sums.of[1], sum2 = sums.of[2], sum3 = sums.of[3];
  const uint32_t mask = PackedBits<kBits>::kMask * 0x10001U;
  uint32_t even, odd, word, cut;
  if (kBits == 4 && sizeof(Activation) == 1) {
    MIRIM_PACKED_LOOP(MIRIM_INT8_PAIRS, MIRIM_PRODUCTS_OF_4_BITS);
  } else if (kBits == 4) {
    MIRIM_PACKED_LOOP(MIRIM_INT16_PAIRS, MIRIM_PRODUCTS_OF_4_BITS);
  } else if (sizeof(Activation) == 1) {
    MIRIM_PACKED_LOOP(MIRIM_INT8_PAIRS, MIRIM_PRODUCTS_OF_2_BITS);
  } else {
    MIRIM_PACKED_LOOP(MIRIM_INT16_PAIRS, MIRIM_PRODUCTS_OF_2_BITS);
  }
  return {{sum0, sum1, sum2, sum3}};
}

#undef MIRIM_PACKED_PRODUCT
#undef MIRIM_PACKED_PRODUCTS
#undef MIRIM_INT8_PAIRS
#undef MIRIM_INT16_PAIRS
#undef MIRIM_NEXT_WORD
#undef MIRIM_PACKED_LOOP
#undef MIRIM_PRODUCTS_OF_4_BITS
#undef MIRIM_PRODUCTS_OF_2_BITS
#else
/// sums += `count` blocks. The stored numbers are multiplied, not the weights.
template <int kBits, class Activation>
[[gnu::noinline]] inline FourSums add_packed_blocks(FourSums sums, const Activation* input, const uint32_t* weights,
                                                    uint32_t offsets, int32_t count) {
  MIRIM_UNROLL(1)
  for (; count > 0; --count, input += 4, weights += PackedBits<kBits>::kWords) {
    const InputPairs pairs = input_pairs(input, offsets);
    add_packed_pair<kBits>(sums, weights[0], 0, pairs.first);
    add_packed_pair<kBits>(sums, kBits == 4 ? weights[1] : weights[0], kBits == 4 ? 0 : 8, pairs.second);
  }
  return sums;
}
#endif

/// The inputs of a row that leave no whole block, filled up with zeros.
template <class Activation>
struct LastInputs {
  Activation of[4];

  LastInputs(const Activation* input, int32_t count) : of{} {
    for (int32_t i = 0; i < (count & 3); ++i) of[i] = input[(count & ~3) + i];
  }
};

/// The sum of a row's inputs, each plus `offset`; those that fill up the last block count too.
template <class Activation>
inline int32_t sum_of_inputs(const Activation* input, int32_t count, int32_t offset) {
  int32_t sum = 0;
  for (int32_t i = 0; i < count; ++i) sum += input[i];
  return sum + (count + 3) / 4 * 4 * offset;
}

/// The sums of four rows of weights times `count` inputs, each plus `offset`; `sum` is sum_of_inputs. Only int8 inputs
/// have an offset.
template <int kBits, class Activation>
inline FourSums packed_sums(const Activation* input, int32_t count, int32_t offset, int32_t sum,
                            const uint32_t* weights) {
  FourSums sums = {{0, 0, 0, 0}};
  for (int f = 0; f < 4; ++f) sums.of[f] = -PackedBits<kBits>::kZero * sum;
  const uint32_t offsets = both_halves(offset);
  const int32_t blocks = count / 4;
  if (blocks > 0) sums = add_packed_blocks<kBits>(sums, input, weights, offsets, blocks);
  if (count & 3) {
    const LastInputs<Activation> last(input, count);
    sums = add_packed_blocks<kBits>(sums, last.of, weights + blocks * PackedBits<kBits>::kWords, offsets, 1);
  }
  return sums;
}

/// The words of four rows.
template <int kBits>
constexpr int32_t packed_words(int32_t count) {
  return (count + 3) / 4 * PackedBits<kBits>::kWords;
}

/// Calls finish(o, sum) for each of `rows` rows of weights. Sums of int16 inputs have 64 bits: 4096 of them at a time
/// fit 32.
template <int kBits, class Activation, class Finish>
inline void for_each_packed_row(const Activation* input, int32_t count, int32_t offset, const uint32_t* weights,
                                int32_t rows, Finish finish) {
  const int32_t whole = sizeof(Activation) == 1 ? count : min(count, 4096);
  const int32_t sum = sum_of_inputs(input, whole, offset);
  for (int32_t o = 0; o < rows; o += 4, weights += packed_words<kBits>(count)) {
    const FourSums sums = packed_sums<kBits>(input, whole, offset, sum, weights);
    typename SumOf<Activation>::Type of[4] = {sums.of[0], sums.of[1], sums.of[2], sums.of[3]};
    for (int32_t i = whole; i < count; i += 4096) {
      const int32_t some = min(count - i, 4096);
      const int32_t its = sum_of_inputs(input + i, some, offset);
      const FourSums more = packed_sums<kBits>(input + i, some, offset, its, weights + packed_words<kBits>(i));
      for (int f = 0; f < 4; ++f) of[f] += more.of[f];
    }
    for (int f = 0; f < 4 && o + f < rows; ++f) finish(o + f, of[f]);
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
