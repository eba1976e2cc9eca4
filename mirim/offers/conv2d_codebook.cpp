#include <fmt/format.h>

#include "mirim/micro/conv2d_codebook.hpp"
#include "mirim/micro/conv2d_lookup.hpp"
#include "mirim/offers/conv2d_codebook_pack.hpp"
#include "mirim/offers/conv2d_layer.hpp"
#include "mirim/offers/kernels.hpp"
#include "mirim/offers/operands.hpp"
#include "mirim/offers/tiles.hpp"

namespace mirim {
namespace {

TileKernel kernel_of(int bits) {
  switch (bits) {
    case 1:
      return &micro::conv2d_codebook<1>;
    case 2:
      return &micro::conv2d_codebook<2>;
    case 3:
      return &micro::conv2d_codebook<3>;
    default:
      return &micro::conv2d_codebook<4>;
  }
}

TileKernel lookup_of(int bits) {
  switch (bits) {
    case 1:
      return &micro::conv2d_lookup<1>;
    case 2:
      return &micro::conv2d_lookup<2>;
    case 3:
      return &micro::conv2d_lookup<3>;
    default:
      return &micro::conv2d_lookup<4>;
  }
}

/// Cycles of a Cortex-M4 (docs/device-compressed.md): of an expanded weight, where a filter has its codebook more, and
/// of a pair in the table.
constexpr double kWeight = 2.0, kWeightOfPair = 2.7, kTablePair = 2.0;

double price_of_expanding(const micro::Conv2dPairedParams& p, const CodebookPack& pack) {
  const std::int64_t filters = (p.output_channels + 3) / 4 * 4;
  const double tables = pack.of_each ? static_cast<double>(filters) / 2 : 1;
  return static_cast<double>(filters * micro::paired_filter_size(p)) * (pack.of_each ? kWeightOfPair : kWeight) +
         tables * kTablePair * (1 << (2 * pack.bits));
}

/// One pixel. Cycles: of a product, to finish four filters, of an input that is gathered, of a pair in the table.
Answer lookup(const ConvolutionLayer& layer) {
  constexpr double kProduct = 2.3, kFinish = 120, kInput = 2;
  const CodebookPack pack = pack_conv2d_codebook(layer.packed, 0, CodebookUse::lookup);
  if (!pack.refusal.empty()) return pack.refusal;
  const std::int32_t scratch = micro::lookup_scratch_bytes(layer.params, pack.bits);
  if (scratch > kColumnBytes) return fmt::format("its columns take {} bytes of RAM", scratch);
  const std::int64_t size = micro::paired_filter_size(layer.params), blocks = (layer.params.output_channels + 3) / 4;
  const double cycles = static_cast<double>(4 * blocks * size) * kProduct + static_cast<double>(blocks) * kFinish +
                        static_cast<double>(size) * kInput + kTablePair * (1 << (2 * pack.bits));
  Offer offer{.call = make_kernel_call("mirim/micro/conv2d_lookup.hpp", fmt::format("conv2d_lookup<{}>", pack.bits),
                                       "Conv2dPairedParams", lookup_of(pack.bits), layer.params,
                                       {kernel_input(0), kernel_constant(0), kernel_scratch(), kernel_output(0)}),
              .cycles = static_cast<std::int64_t>(cycles)};
  offer.call.constants = {make_kernel_constant("packed", pack.words)};
  offer.call.scratch_bytes = scratch;
  offer.flash_read = flash_read_of_columns(1, pack.words.size());
  return offer;
}

}  // namespace

Answer offer_conv2d_codebook(const Work& work, const Target& target) {
  std::string refusal;
  std::optional<ConvolutionLayer> layer = convolution_layer(work, target, refusal);
  if (!layer) return refusal;
  if (layer->packed.hollow) return kWeightsUnknown;
  micro::Conv2dPairedParams& params = layer->params;
  if (layer->pixels() == 1) return lookup(*layer);
  const std::int32_t tile = tile_filters(params, refusal);
  if (!refusal.empty()) return refusal;
  const CodebookPack pack = pack_conv2d_codebook(layer->packed, tile);
  if (!pack.refusal.empty()) return pack.refusal;
  params.chunk = pack.chunk;
  Offer offer = offer_by_tiles(params, tile, 2, "mirim/micro/conv2d_codebook.hpp",
                               fmt::format("conv2d_codebook<{}>", pack.bits), kernel_of(pack.bits), pack.words);
  offer.cycles += static_cast<std::int64_t>(price_of_expanding(params, pack));
  offer.call.scratch_bytes = micro::codebook_scratch_bytes(params, pack.bits, tile);
  return offer;
}

}  // namespace mirim
