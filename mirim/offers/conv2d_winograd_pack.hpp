#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mirim/offers/conv2d_paired_pack.hpp"

namespace mirim {

struct WinogradPack {
  std::vector<std::uint32_t> words{};  ///< the order is that of mirim/micro/conv2d_winograd.hpp; empty if refused
  std::size_t size = 0;                ///< of them, also if they are hollow
  std::string refusal{};               ///< why the layer cannot be computed so; empty if it can
};

/// Packs a layer of 3x3 filters for conv2d_winograd: filters in fours, channels in 16s. Refused is what short_channel
/// refuses, and sums that four times have no 32 bits. Throws Error if the sizes do not agree.
WinogradPack pack_conv2d_winograd(const PairedLayer& layer);

}  // namespace mirim
