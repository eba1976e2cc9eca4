// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/conv2d_tiles.hpp"
#include "mirim/micro/isa/word_products.hpp"

/// A convolution whose weights are entropy-coded (rANS with probabilities of 12 bits, mirim/base/rans.hpp). It expands
/// tiles of filters (conv2d_tiles.hpp). Where many fours of weights are zero, these have a bit each and are not coded.
///
/// To find the symbol of a slot, of 4096, a table has the first symbol of each eight slots; the search goes on among
/// the symbols' starts. So the tables take 512 bytes and 4 a symbol.
///
/// Order of `packed`, in words:
///   - filters of a tile
///   - symbols that occur, 1 to 256 (0 if weights are not coded), and flags: kZerosApart, kValuesInARow, kNotCoded
///   - words of the next part
///   - the values, a byte each; if they are in a row, the first and the number of all less one; then the table of
///     frequencies, as rans.hpp has it; filled up. Nothing if weights are not coded
///   - for each block of four filters what isa/paired_blocks.hpp has behind its weights: 9 words
///   - if zeros are apart: for each block, for each four, 4 bits, one of each filter, the first lowest; filled up
///   - 32 bits of state, then 16 bits at a time, for each block, four and filter that has weights there: those at k =
///   0,
///     2, 1 and 3; if they are not coded, these as bytes and no state
namespace mirim {
namespace micro {
inline namespace v0 {

inline uint32_t load_half(const void* from) {
  uint16_t half;
  __builtin_memcpy(&half, from, sizeof half);
  return half;
}
/// Of the second word of `packed`.
constexpr uint32_t kZerosApart = 1U << 16, kValuesInARow = 1U << 17, kNotCoded = 1U << 18;

constexpr int32_t kRansBits = 12, kRansSlots = 1 << kRansBits, kRansBuckets = kRansSlots / 8;

/// Columns, tables, tile.
constexpr int32_t entropy_scratch_bytes(const Conv2dPairedParams& p, int32_t pixels, int32_t symbols,
                                        int32_t tile_filters) {
  return ((paired_scratch_bytes(p, pixels) + 3) & ~3) + kRansBuckets + 4 * symbols +
         tile_filters / kTileFilters * tile_block_words(paired_filter_size(p)) * 4;
}

class EntropyDecoder {
 public:
  /// `tables`: kRansBuckets bytes, then a word for each symbol. `fours` of a filter. `blocks`: all of
  /// them.
  EntropyDecoder(const uint32_t* packed, uint32_t* tables, int32_t fours, int32_t blocks)
      : buckets_(reinterpret_cast<uint8_t*>(tables)),
        symbols_(tables + kRansBuckets / 4),
        finish_(packed + 3 + packed[2]),
        fours_(fours) {
    const uint32_t flags = packed[1];
    coded_ = (flags & kNotCoded) == 0;
    if (coded_) read_tables(reinterpret_cast<const uint8_t*>(packed + 3), flags);
    const uint32_t* next = finish_ + kTileFinishWords * blocks;
    if ((flags & kZerosApart) != 0) {
      masks_ = next;
      next += (fours + 7) / 8 * blocks;
    }
    if (coded_) at_.state = *next++;
    at_.bytes = reinterpret_cast<const uint8_t*>(next);
  }

  void read_blocks(int32_t count, uint32_t* to) {
    for (; count > 0; --count) {
      read_block(to);
      to += 4 * fours_;
      for (int32_t i = 0; i < kTileFinishWords; ++i) *to++ = *finish_++;
    }
  }

 private:
  /// A symbol's word: where its slots start, in 12 bits; how many it has, less one, in 12; its value in 8.
  [[gnu::noinline]] void read_tables(const uint8_t* bytes, uint32_t flags) {
    const bool in_a_row = (flags & kValuesInARow) != 0;
    const uint8_t* const values = bytes;
    const int32_t symbols = in_a_row ? values[1] + 1 : static_cast<int32_t>(flags & 0xffff);
    bytes += in_a_row ? 2 : symbols;
    uint32_t held = 0, start = 0;
    uint32_t* to = symbols_;
    int32_t count = 0, bucket = 0;
    MIRIM_UNROLL(1)
    for (int32_t s = 0; s < symbols; ++s) {
      for (; count <= 16; count += 8) held |= static_cast<uint32_t>(*bytes++) << count;
      const int32_t below = static_cast<int32_t>(held & 15) - 1;  // of the highest bit of the frequency
      held >>= 4, count -= 4;
      if (below < 0) continue;  // it does not occur
      const uint32_t frequency = 1U << below | (held & ((1U << below) - 1));
      held >>= below, count -= below;
      const auto value = static_cast<uint32_t>(in_a_row ? values[0] + s : values[s]);
      const auto place = static_cast<uint8_t>(to - symbols_);
      *to++ = start | (frequency - 1) << 12 | value << 24;
      start += frequency;
      const auto end = static_cast<int32_t>((start + 7) / 8);
      MIRIM_UNROLL(1)
      for (; bucket < end; ++bucket) buckets_[bucket] = place;
    }
  }

  /// What changes from weight to weight, in registers.
  struct Cursor {
    uint32_t state;
    const uint8_t* bytes;
  };

  /// The next weight.
  int32_t next(Cursor& at) const {
    const uint32_t slot = at.state & (kRansSlots - 1), rest = at.state >> kRansBits;
    const uint32_t* symbol = symbols_ + buckets_[slot / 8];
    uint32_t word = *symbol, place = slot - (word & 0xfff);
    MIRIM_UNROLL(1)
    while (place > (word >> 12 & 0xfff)) {
      word = *++symbol;
      place = slot - (word & 0xfff);
    }
    at.state = (word >> 12 & 0xfff) * rest + rest + place;
    if (at.state < 0x10000) {
      at.state = at.state << 16 | load_half(at.bytes);
      at.bytes += 2;
    }
    return static_cast<int32_t>(word) >> 24;
  }

  /// Two weights as the halves of a word.
  uint32_t next_two(Cursor& at) const {
    const auto first = static_cast<uint32_t>(next(at)) & 0xffff;
    return first | static_cast<uint32_t>(next(at)) << 16;
  }

  /// The weights of a filter's four: those of its even k in the halves of a word, then those of its odd ones.
  struct Four {
    uint32_t even, odd;
  };
  Four next_four(Cursor& at) const {
    if (coded_) {
      const uint32_t even = next_two(at);
      return {even, next_two(at)};
    }
    const uint32_t bytes = load_word(at.bytes);  // 0, 2, 1, 3
    at.bytes += 4;
    const uint32_t even = even_bytes(bytes), odd = odd_bytes(bytes);
    return {(even & 0xffff) | odd << 16, even >> 16 | (odd & 0xffff0000)};
  }

  /// Lanes hold 256 b + a, so the second filter of a pair is added.
  [[gnu::noinline]] void read_block(uint32_t* to) {
    Cursor at = at_;
    uint32_t mask = 0;
    MIRIM_UNROLL(1)
    for (int32_t four = 0; four < fours_; ++four, to += 4) {
      if (!masks_) {
        mask = 0xf;
      } else if (four % 8 == 0) {
        mask = *masks_++;
      }
      MIRIM_UNROLL(1)
      for (int32_t f = 0; f < kTileFilters; ++f, mask >>= 1) {
        uint32_t* const pair = to + f / 2;  // its other step is two words on
        const Four weights = (mask & 1) != 0 ? next_four(at) : Four{0, 0};
        if (f % 2 == 0) {
          pair[0] = weights.even, pair[2] = weights.odd;
        } else {
          pair[0] = add_halves(pair[0], even_bytes_high(weights.even));
          pair[2] = add_halves(pair[2], even_bytes_high(weights.odd));
        }
      }
    }
    at_ = at;
  }

  uint8_t* buckets_;
  uint32_t* symbols_;
  const uint32_t* finish_;
  const uint32_t* masks_ = nullptr;  ///< null if zeros are coded too
  bool coded_ = true;
  Cursor at_ = {0, nullptr};
  int32_t fours_;
};

/// All outputs. `scratch`: entropy_scratch_bytes.
template <int kPixels>
inline void conv2d_entropy(const Conv2dPairedParams& p, const int8_t* input, const uint32_t* packed, uint32_t* scratch,
                           int8_t* output) {
  uint32_t* const tables = scratch + (paired_scratch_bytes(p, kPixels) + 3) / 4;
  EntropyDecoder decoder(packed, tables, paired_filter_size(p) / 4,
                         (p.output_channels + kTileFilters - 1) / kTileFilters);
  uint32_t* const tile = tables + kRansBuckets / 4 + (packed[1] & 0xffff);
  conv2d_by_tiles<kPixels>(p, static_cast<int32_t>(packed[0]), input, decoder, scratch, tile, output);
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
