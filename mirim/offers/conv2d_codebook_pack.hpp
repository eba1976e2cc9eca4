#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mirim/offers/conv2d_paired_pack.hpp"

namespace mirim {

struct CodebookPack {
  std::vector<std::uint32_t> words{};  ///< the order is that of the kernel; empty if refused
  int bits = 0;                        ///< of an index, 1 to 4
  bool of_each = false;                ///< whether each filter has a codebook of its own
  std::int32_t chunk = 0;              ///< as in PairedPack
  std::string refusal{};               ///< why the layer cannot be computed so; empty if it can
};

/// What takes the indices: kernels that expand tiles of filters (mirim/micro/conv2d_codebook.hpp), or that look up two
/// at a time (conv2d_lookup.hpp).
enum class CodebookUse : std::uint8_t { tiles, lookup };

/// Packs a layer as indices into a codebook, of the layer or, where that has fewer bytes, of each filter. Refused are
/// filters with more than 16 different weights, and what pack_conv2d_paired refuses. Throws Error if the sizes do not
/// agree. `tile_filters`: a multiple of four. For lookup each filter having its own is refused, too.
CodebookPack pack_conv2d_codebook(const PairedLayer& layer, std::int32_t tile_filters,
                                  CodebookUse use = CodebookUse::tiles);

}  // namespace mirim
