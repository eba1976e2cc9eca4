#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mirim/offers/conv2d_paired_pack.hpp"

namespace mirim {

struct NibblesPack {
  std::vector<std::uint32_t> words{};  ///< the order is that of mirim/micro/isa/nibble_blocks.hpp; empty if refused
  std::string refusal{};               ///< why the layer cannot be computed so; empty if it can
};

/// Packs a layer whose weights are all a step times -8 to 7: the greatest common divisor of the layer's. So are those
/// of 4 bits, of 2, ternary and binary ones, which an int8 file has as multiples (docs/compression.md). Refused are
/// others, filters whose weights add up to more than a lane holds, and what pack_conv2d_paired refuses. Throws Error if
/// the sizes do not agree.
NibblesPack pack_conv2d_nibbles(const PairedLayer& layer);

}  // namespace mirim
