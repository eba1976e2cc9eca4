#include "mirim/micro/conv2d_entropy.hpp"

#include <fmt/format.h>

#include "mirim/offers/conv2d_entropy_pack.hpp"
#include "mirim/offers/conv2d_layer.hpp"
#include "mirim/offers/kernels.hpp"
#include "mirim/offers/operands.hpp"
#include "mirim/offers/tiles.hpp"

namespace mirim {
namespace {

/// Cycles of a Cortex-M4 (docs/device-compressed.md): of a coded weight, of any weight, of a symbol's tables, and of
/// the table of buckets.
constexpr double kCodedWeight = 26, kWeight = 3, kSymbol = 40, kBuckets = 4000;

/// Slower layers, which have few pixels, are refused.
constexpr double kMostTimes = 2.5;

}  // namespace

Answer offer_conv2d_entropy(const Work& work, const Target& target) {
  std::string refusal;
  std::optional<ConvolutionLayer> layer = convolution_layer(work, target, refusal);
  if (!layer) return refusal;
  if (layer->packed.hollow) return kWeightsUnknown;
  micro::Conv2dPairedParams& params = layer->params;
  const std::int32_t tile = tile_filters(params, refusal);
  if (!refusal.empty()) return refusal;
  const EntropyPack pack = pack_conv2d_entropy(layer->packed, tile);
  if (!pack.refusal.empty()) return pack.refusal;
  params.chunk = pack.chunk;
  const int pixels = layer->pixels() == 1 ? 1 : 2;
  Offer offer =
      offer_by_tiles(params, tile, pixels, "mirim/micro/conv2d_entropy.hpp", fmt::format("conv2d_entropy<{}>", pixels),
                     pixels == 1 ? &micro::conv2d_entropy<1> : &micro::conv2d_entropy<2>, pack.words);
  const std::int64_t weights = std::int64_t{params.output_channels} * micro::paired_filter_size(params);
  const double coded_weight = pack.symbols > 0 ? kCodedWeight : 0;
  const std::int64_t dense = paired_price(params, pixels == 1 ? kPaired4x1 : kPaired4x2);
  offer.cycles += static_cast<std::int64_t>(coded_weight * static_cast<double>(pack.weights) +
                                            kWeight * static_cast<double>(weights) + kSymbol * pack.symbols + kBuckets);
  if (offer.cycles > kMostTimes * static_cast<double>(dense)) {
    return fmt::format("it would take {:.1f} times the cycles of int8 weights",
                       static_cast<double>(offer.cycles) / static_cast<double>(dense));
  }
  offer.call.scratch_bytes = micro::entropy_scratch_bytes(params, pixels, pack.symbols, tile);
  return offer;
}

}  // namespace mirim
