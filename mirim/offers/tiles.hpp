#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mirim/micro/conv2d_paired.hpp"
#include "mirim/offers/offer.hpp"

/// What the offers have in common whose kernels expand tiles of filters (mirim/micro/conv2d_tiles.hpp).
namespace mirim {

using TileKernel = void (*)(const micro::Conv2dPairedParams&, const std::int8_t*, const std::uint32_t*, std::uint32_t*,
                            std::int8_t*);

/// How many filters are expanded at a time: as few tiles as 4 KB allow, of equal size. 0, and `refusal` says why, where
/// four filters take more.
std::int32_t tile_filters(const micro::Conv2dPairedParams& p, std::string& refusal);

/// The offer; its price is without what the weights cost to expand, its scratch not set.
Offer offer_by_tiles(const micro::Conv2dPairedParams& p, std::int32_t tile_filters, int pixels, std::string header,
                     std::string function, TileKernel kernel, const std::vector<std::uint32_t>& packed);

}  // namespace mirim
