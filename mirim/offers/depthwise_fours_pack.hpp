#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mirim/offers/depthwise_plane_pack.hpp"

namespace mirim {

struct DepthwiseFoursPack {
  std::vector<std::uint32_t> words{};  ///< in the order of mirim/micro/depthwise_conv2d_fours.hpp; empty if refused
  std::size_t size = 0;                ///< of them, also if they are hollow
  std::string refusal{};               ///< why the layer cannot be computed so; empty if it can
};

/// Packs a layer, neither dilated nor transposed as far as this matters to its weights, for depthwise_conv2d_fours.
/// Refused is what short_channel refuses. Throws Error if the sizes do not agree or outputs are no multiple of 4.
DepthwiseFoursPack pack_depthwise_fours(const DepthwiseLayer& layer);

}  // namespace mirim
