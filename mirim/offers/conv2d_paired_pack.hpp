#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace mirim {

/// int8 filters with their biases and scales, as kernels take them.
struct PairedLayer {
  std::span<const std::int8_t> weights;  ///< [filters, size]
  std::int32_t filters = 0;
  std::int32_t size = 0;               ///< weights of a filter
  std::int32_t rows = 1;               ///< of a filter; their weights are packed in the order of paired_weight_at
  std::int32_t input_offset = 0;       ///< minus the input's zero point
  std::span<const std::int32_t> bias;  ///< [filters], or empty
  std::span<const std::int32_t> multiplier, shift;
  std::int32_t multiplier_stride = 1;  ///< 0: one multiplier and shift for all filters
  bool hollow = false;                 ///< the weights are nowhere (graph/hollow.hpp): a pack has a size, and no words
};

struct PairedPack {
  std::vector<std::uint32_t> words{};  ///< the order is that of mirim/micro/isa/paired_blocks.hpp; empty if refused
  std::size_t size = 0;                ///< of them, also if they are hollow
  std::int32_t chunk = 0;              ///< steps after which the sum of a pair's second filter is taken out; even
  std::string refusal{};               ///< why the layer cannot be computed so; empty if it can
};

/// Packs a layer for the tiles of `tile_filters` filters (4 or 2) of conv2d_paired. The last block is filled up with
/// filters of 0. Refused are weights of -128 in a pair's second filter beside a negative one in its first, which no
/// lane holds, and what short_channel refuses; of hollow weights nothing. Throws Error if the sizes do not agree.
PairedPack pack_conv2d_paired(const PairedLayer& layer, int tile_filters);

}  // namespace mirim
