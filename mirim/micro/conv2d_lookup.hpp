// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/conv2d_paired.hpp"

/// A layer of one pixel, as FULLY_CONNECTED has, whose weights are indices of kBits bits, 1 to 4, into one codebook of
/// int8 values. Each is used once, so nothing is expanded: two indices of a filter are looked up together in a table of
/// all pairs in scratch, which has the two values as halves of a word, and SMLAD multiplies that with two inputs. Eight
/// products are a load of indices, 4 loads from the table, one of inputs and 4 SMLAD.
///
/// Order of `packed`, in words:
///   - the codebook: 16 bytes
///   - for each block of four filters:
///     - for each step (isa/paired_blocks.hpp), kBits bytes: of each filter the indices at its two k, kBits bits each,
///       the first in the lowest bits; all steps filled up to a whole word
///     - what isa/paired_blocks.hpp has behind its weights: 9 words
///   - one more word, so that the last indices can be read four bytes at a time
namespace mirim {
namespace micro {
inline namespace v0 {

/// Columns, table.
constexpr int32_t lookup_scratch_bytes(const Conv2dPairedParams& p, int32_t bits) {
  return ((paired_scratch_bytes(p, 1) + 3) & ~3) + (4 << (2 * bits));
}

/// `chunk` is not read.
template <int kBits>
struct LookupBlocks : PairedBlocks<1> {
  const uint32_t* table;
};

template <int kBits>
struct LookupSums {
  static constexpr uint32_t kMask = (1U << (2 * kBits)) - 1;
  int32_t sums[4];

  /// Of four filters.
  [[gnu::noinline]] static LookupSums of(const uint8_t* indices, const uint32_t* table, const uint32_t* columns,
                                         int32_t steps) {
    int32_t sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
    MIRIM_UNROLL(2)
    for (int32_t n = steps; n > 0; --n, indices += kBits) {
      const uint32_t step = load_word(indices), inputs = *columns++;
      uint32_t a = step & kMask, b = step >> (2 * kBits) & kMask, c = step >> (4 * kBits) & kMask,
               d = step >> (6 * kBits) & kMask;
      look_up(table, a, b, c, d);
      sum0 = add_products(sum0, a, inputs);
      sum1 = add_products(sum1, b, inputs);
      sum2 = add_products(sum2, c, inputs);
      sum3 = add_products(sum3, d, inputs);
    }
    return {{sum0, sum1, sum2, sum3}};
  }
};

template <int kFilters, int kBits>
[[gnu::noinline]] inline void paired_blocks(const LookupBlocks<kBits>& b) {
  static_assert(kFilters == 4, "a step has the indices of four filters");
  const uint32_t* packed = b.weights;
  for (int32_t o = 0; o < b.filters; o += kFilters) {
    const auto found = LookupSums<kBits>::of(reinterpret_cast<const uint8_t*>(packed), b.table, b.columns, b.steps);
    packed += (b.steps * kBits + 3) / 4;
    for (int f = 0; f < kFilters && o + f < b.filters; ++f) {
      const auto rescale = ShortRescale::of(static_cast<int32_t>(packed[kFilters + f]),
                                            static_cast<int32_t>(packed[2 * kFilters] >> (8 * f) & 0xff), b.offset);
      const uint32_t twice = packed[f] + 2 * static_cast<uint32_t>(found.sums[f]);
      b.outputs[0][o + f] = static_cast<int8_t>(rescale.result(static_cast<int32_t>(twice)));
    }
    packed += 2 * kFilters + 1;
  }
}

/// The words of all pairs of values, the first one's index in the lower bits.
template <int kBits>
[[gnu::noinline]] inline void fill_lookup_table(const int8_t* book, uint32_t* to) {
  MIRIM_UNROLL(1)
  for (int32_t second = 0; second < 1 << kBits; ++second) {
    const uint32_t high = static_cast<uint32_t>(book[second]) << 16;
    MIRIM_UNROLL(8)
    for (int32_t first = 0; first < 1 << kBits; ++first) *to++ = high | (static_cast<uint32_t>(book[first]) & 0xffff);
  }
}

/// All outputs. `scratch`: lookup_scratch_bytes.
template <int kBits>
inline void conv2d_lookup(const Conv2dPairedParams& p, const int8_t* input, const uint32_t* packed, uint32_t* scratch,
                          int8_t* output) {
  constexpr int32_t kBookWords = 4;
  uint32_t* const table = scratch + (paired_scratch_bytes(p, 1) + 3) / 4;
  fill_lookup_table<kBits>(reinterpret_cast<const int8_t*>(packed), table);
  auto pixels = PairedPixels<1, LookupBlocks<kBits>>::of(p, packed + kBookWords, scratch);
  pixels.blocks.table = table;
  conv2d_paired_image<4>(p, input, pixels, output);
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
