#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mirim/offers/conv2d_paired_pack.hpp"

namespace mirim {

struct SparsePack {
  std::vector<std::uint32_t> words{};  ///< the order is that of mirim/micro/isa/sparse_blocks.hpp; empty if refused
  std::int64_t fours = 0;              ///< that are there
  std::string refusal{};               ///< why the layer cannot be computed so; empty if it can
};

/// Packs a layer of which at least half of all fours are zero. Refused are others, and what pack_conv2d_paired refuses.
/// Throws Error if the sizes do not agree.
SparsePack pack_conv2d_sparse(const PairedLayer& layer);

}  // namespace mirim
