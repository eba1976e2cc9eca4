#include "mirim/offers/tiles.hpp"

#include <fmt/format.h>

#include <utility>

#include "mirim/micro/conv2d_tiles.hpp"
#include "mirim/offers/conv2d_layer.hpp"

namespace mirim {
namespace {

constexpr std::int32_t kTileBytes = 4096;

}  // namespace

std::int32_t tile_filters(const micro::Conv2dPairedParams& p, std::string& refusal) {
  const std::int32_t block = 4 * micro::tile_block_words(micro::paired_filter_size(p));
  const std::int32_t fit = kTileBytes / block, blocks = (p.output_channels + 3) / 4;
  if (fit == 0) {
    refusal = fmt::format("four of its filters take {} bytes, more than {}", block, kTileBytes);
    return 0;
  }
  const std::int32_t tiles = (blocks + fit - 1) / fit;
  return (blocks + tiles - 1) / tiles * micro::kTileFilters;
}

Offer offer_by_tiles(const micro::Conv2dPairedParams& p, std::int32_t tile_filters, int pixels, std::string header,
                     std::string function, TileKernel kernel, const std::vector<std::uint32_t>& packed) {
  const std::int32_t gathers = (p.output_channels + tile_filters - 1) / tile_filters;
  Offer offer{.call = make_kernel_call(std::move(header), std::move(function), "Conv2dPairedParams", kernel, p,
                                       {kernel_input(0), kernel_constant(0), kernel_scratch(), kernel_output(0)}),
              .cycles = paired_price(p, pixels == 1 ? kPaired4x1 : kPaired4x2, gathers)};
  // Weights once, then only code: tiles are read from RAM.
  const std::int64_t pixel_count = std::int64_t{p.batches} * p.output_height * p.output_width;
  offer.flash_read = 4 * static_cast<std::int64_t>(packed.size()) +
                     flash_read_of_columns(gathers * ((pixel_count + pixels - 1) / pixels), 0);
  offer.call.constants = {make_kernel_constant("packed", packed)};
  return offer;
}

}  // namespace mirim
