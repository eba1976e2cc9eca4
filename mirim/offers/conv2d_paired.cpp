#include <fmt/format.h>

#include "mirim/offers/conv2d_layer.hpp"
#include "mirim/offers/kernels.hpp"
#include "mirim/offers/operands.hpp"

namespace mirim {
namespace {

struct Tile {
  PairedTile prices;
  const char* function;
  void (*kernel)(const micro::Conv2dPairedParams&, const std::int8_t*, const std::uint32_t*, std::uint32_t*,
                 std::int8_t*);
};
constexpr Tile kTile4x2{kPaired4x2, "conv2d_paired_4x2", &micro::conv2d_paired_4x2};
constexpr Tile kTile2x4{kPaired2x4, "conv2d_paired_2x4", &micro::conv2d_paired_2x4};
constexpr Tile kTile4x1{kPaired4x1, "conv2d_paired_4x1", &micro::conv2d_paired_4x1};

/// Tiles of 4 x 2 whose last pixel is alone.
constexpr Tile kTile4x2Odd{kPaired4x2, "conv2d_paired_4x2_odd", &micro::conv2d_paired_4x2_odd};

/// Cycles of a layer that the second kind of tile, another 700 bytes of code, must save.
constexpr std::int64_t kWorthATile = 20000;

/// Cycles that a tile of its own saves for a pixel that is alone.
std::int64_t saved_alone(const micro::Conv2dPairedParams& p) {
  const std::int64_t products = (p.output_channels + 3) / 4 * 4 * micro::paired_filter_size(p);
  return static_cast<std::int64_t>(static_cast<double>(products) * (2 * kPaired4x2.product - kPaired4x1.product));
}

Answer offer(const Work& work, const Target& target, const Tile& tile) {
  std::string refusal;
  std::optional<ConvolutionLayer> layer = convolution_layer(work, target, refusal);
  if (!layer) return refusal;
  micro::Conv2dPairedParams& params = layer->params;
  const std::int64_t pixels = layer->pixels();
  const int pixels_of_tile = tile.prices.pixels;
  if (pixels < pixels_of_tile) return fmt::format("it has fewer than {} pixels", pixels_of_tile);
  const std::int32_t scratch = micro::paired_scratch_bytes(params, pixels_of_tile);
  if (scratch > kColumnBytes) return fmt::format("its columns take {} bytes of RAM", scratch);
  const PairedPack pack = pack_conv2d_paired(layer->packed, tile.prices.filters);
  if (!pack.refusal.empty()) return pack.refusal;
  params.chunk = pack.chunk;
  const std::int64_t saved = &tile == &kTile4x2 && pixels % 2 != 0 ? saved_alone(params) : 0;
  const bool alone = saved * work.calls > kWorthATile;
  const Tile& used = alone ? kTile4x2Odd : tile;
  Offer offer{
      .call = make_kernel_call("mirim/micro/conv2d_paired.hpp", used.function, "Conv2dPairedParams", used.kernel,
                               params, {kernel_input(0), kernel_constant(0), kernel_scratch(), kernel_output(0)}),
      .cycles = paired_price(params, tile.prices) - (alone ? saved : 0)};
  offer.call.constants = {make_kernel_constant("packed", pack.words)};
  offer.call.scratch_bytes = scratch;
  offer.flash_read = flash_read_of_columns((pixels + pixels_of_tile - 1) / pixels_of_tile, pack.size);
  offer.hollow_bytes = hollow_bytes(pack.words, pack.size);
  return offer;
}

}  // namespace

Answer offer_conv2d_paired_4x2(const Work& work, const Target& target) { return offer(work, target, kTile4x2); }
Answer offer_conv2d_paired_2x4(const Work& work, const Target& target) { return offer(work, target, kTile2x4); }
Answer offer_conv2d_paired_4x1(const Work& work, const Target& target) { return offer(work, target, kTile4x1); }

}  // namespace mirim
