// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/conv2d_tiles.hpp"

/// A convolution whose weights are indices of kBits bits, 1 to 4, into a codebook of int8 values: one of the whole
/// layer, or one of each filter. It expands tiles of filters (conv2d_tiles.hpp).
///
/// Two filters have their values in one 16-bit lane. So the indices of two filters, side by side, are looked up
/// together, in a table of all pairs in scratch: 8 weights are a load of indices, 4 loads from the table, 2 stores.
///
/// Order of `packed`, in words:
///   filters of a tile; codebooks, of which there are 1, or 0 for one of each filter
///   the codebook, if there is one: 16 bytes
///   for each block of filters a, b, c, d
///     if each has a codebook: those of a, b, c, d, 16 bytes each
///     for each step, kBits bytes: pairs (b, a) at its two k, then pairs (d, c); of 2 kBits bits each, the first in the
///     lowest bits, a's index in the lower half
///     filled up to a whole word, what isa/paired_blocks.hpp has behind its weights: 9 words
///   one more word, so that the last indices can be read four bytes at a time
namespace mirim {
namespace micro {
inline namespace v0 {

constexpr int32_t kCodebookWords = 4;

/// Of `packed`, of a block's indices.
constexpr int32_t codebook_index_words(int32_t filter_size, int32_t bits) { return (filter_size / 2 * bits + 3) / 4; }

/// Columns, table of pairs, tile.
constexpr int32_t codebook_scratch_bytes(const Conv2dPairedParams& p, int32_t bits, int32_t tile_filters) {
  return ((paired_scratch_bytes(p, 2) + 3) & ~3) + (2 << (2 * bits)) +
         tile_filters / kTileFilters * tile_block_words(paired_filter_size(p)) * 4;
}

template <int kBits>
class CodebookDecoder {
 public:
  static constexpr int32_t kPairs = 1 << (2 * kBits);

  /// Reads the codebook of the layer, if it has one. `table`: kPairs. `steps`: those of PairedBlocks.
  CodebookDecoder(const uint32_t* packed, uint16_t* table, int32_t steps)
      : packed_(packed + 2), table_(table), steps_(steps), of_each_(packed[1] == 0) {
    if (of_each_) return;
    fill_table(packed_, packed_);
    packed_ += kCodebookWords;
  }

  void read_blocks(int32_t count, uint32_t* to) {
    for (; count > 0; --count) {
      if (of_each_) {
        const uint32_t* const books = packed_;
        const uint8_t* const indices = reinterpret_cast<const uint8_t*>(packed_ + kTileFilters * kCodebookWords);
        for (int32_t pair = 0; pair < 2; ++pair) {
          fill_table(books + 2 * pair * kCodebookWords, books + (2 * pair + 1) * kCodebookWords);
          read_pair(indices, 4 * kBits * pair, to + pair);
        }
        packed_ += kTileFilters * kCodebookWords;
      } else {
        read_both(reinterpret_cast<const uint8_t*>(packed_), to);
      }
      packed_ += codebook_index_words(2 * steps_, kBits);
      to += 2 * steps_;
      for (int32_t i = 0; i < kTileFinishWords; ++i) *to++ = *packed_++;
    }
  }

 private:
  /// The lanes of all pairs: 256 b + a.
  [[gnu::noinline]] void fill_table(const uint32_t* first, const uint32_t* second) {
    const int8_t* const a = reinterpret_cast<const int8_t*>(first);
    const int8_t* b = reinterpret_cast<const int8_t*>(second);
    uint16_t* to = table_;
    MIRIM_UNROLL(1)
    for (int32_t n = 1 << kBits; n > 0; --n) {
      const int32_t high = *b++ * 256;  // NOLINT: numbers, no characters
      MIRIM_UNROLL(8)
      for (int32_t i = 0; i < 1 << kBits; ++i) *to++ = static_cast<uint16_t>(high + a[i]);
    }
  }

  uint32_t lanes(uint32_t indices, int32_t at) const {
    constexpr uint32_t kMask = kPairs - 1;
    return table_[indices >> at & kMask] | static_cast<uint32_t>(table_[indices >> (at + 2 * kBits) & kMask]) << 16;
  }

  [[gnu::noinline]] void read_both(const uint8_t* indices, uint32_t* to) const {
    MIRIM_UNROLL(2)
    for (int32_t n = steps_; n > 0; --n, indices += kBits, to += 2) {
      const uint32_t step = load_word(indices);
      to[0] = lanes(step, 0);
      to[1] = lanes(step, 4 * kBits);
    }
  }

  /// Of two filters, whose indices begin at a bit of each step's.
  [[gnu::noinline]] void read_pair(const uint8_t* indices, int32_t at, uint32_t* to) const {
    MIRIM_UNROLL(2)
    for (int32_t n = steps_; n > 0; --n, indices += kBits, to += 2) *to = lanes(load_word(indices) >> at, 0);
  }

  const uint32_t* packed_;
  uint16_t* table_;
  int32_t steps_;
  bool of_each_;
};

/// All outputs. `scratch`: codebook_scratch_bytes.
template <int kBits>
inline void conv2d_codebook(const Conv2dPairedParams& p, const int8_t* input, const uint32_t* packed, uint32_t* scratch,
                            int8_t* output) {
  uint32_t* const table = scratch + (paired_scratch_bytes(p, 2) + 3) / 4;
  CodebookDecoder<kBits> decoder(packed, reinterpret_cast<uint16_t*>(table), paired_filter_size(p) / 2);
  uint32_t* const tile = table + CodebookDecoder<kBits>::kPairs / 2;
  conv2d_by_tiles<2>(p, static_cast<int32_t>(packed[0]), input, decoder, scratch, tile, output);
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
