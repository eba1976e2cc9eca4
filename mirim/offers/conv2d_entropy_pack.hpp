#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mirim/offers/conv2d_paired_pack.hpp"

namespace mirim {

struct EntropyPack {
  std::vector<std::uint32_t> words{};  ///< the order is that of mirim/micro/conv2d_entropy.hpp; empty if refused
  std::int32_t symbols = 0;            ///< 0: weights are not coded, only their zeros are left out
  std::int32_t chunk = 0;              ///< as in PairedPack
  std::int64_t weights = 0;            ///< that are coded; the others are zeros
  std::string refusal{};               ///< why the layer cannot be computed so; empty if it can
};

/// Packs a layer in rANS; its fours of zeros apart, and the others as they are, where that has fewer bytes. Refused is
/// what pack_conv2d_paired refuses. Throws Error if the sizes do not agree. `tile_filters`: a multiple of four.
EntropyPack pack_conv2d_entropy(const PairedLayer& layer, std::int32_t tile_filters);

}  // namespace mirim
