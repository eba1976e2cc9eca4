// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/conv2d_paired.hpp"

/// Convolutions whose weights are compressed in flash. The weights of a few filters at a time, a tile, are expanded
/// into scratch in the order of isa/paired_blocks.hpp; the kernel of conv2d_paired.hpp then computes these filters for
/// all pixels of the call. So a weight is expanded once a call, and inputs are gathered once for each tile: a call with
/// few pixels pays for the weights, one with many filters of many weights for the gathering.
///
/// The compressed words begin with the filters of a tile, a multiple of four. Then comes what a decoder wants.
namespace mirim {
namespace micro {
inline namespace v0 {

constexpr int32_t kTileFilters = 4;      ///< of a block of weights
constexpr int32_t kTileFinishWords = 9;  ///< behind the weights of a block

/// The words of a block when it is expanded: its weights, then biases, multipliers and shifts.
constexpr int32_t tile_block_words(int32_t filter_size) { return filter_size + kTileFinishWords; }

/// `Decoder` has `read_blocks(int32_t count, uint32_t* to)`, which expands the next blocks of four filters.
/// `columns`: paired_scratch_bytes, rounded up to words; `tile`: the words of the blocks of a tile.
template <int kPixels, class Decoder>
inline void conv2d_by_tiles(const Conv2dPairedParams& p, int32_t tile_filters, const int8_t* input, Decoder& decoder,
                            uint32_t* columns, uint32_t* tile, int8_t* output) {
  PairedPixels<kPixels> pixels = PairedPixels<kPixels>::of(p, tile, columns);
  for (int32_t first = 0; first < p.output_channels; first += tile_filters) {
    pixels.blocks.filters = min(tile_filters, p.output_channels - first);
    decoder.read_blocks((pixels.blocks.filters + kTileFilters - 1) / kTileFilters, tile);
    conv2d_paired_image<kTileFilters>(p, input, pixels, output + first);
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
