#include "mirim/micro/conv2d_sparse.hpp"

#include <fmt/format.h>

#include "mirim/offers/conv2d_layer.hpp"
#include "mirim/offers/conv2d_sparse_pack.hpp"
#include "mirim/offers/kernels.hpp"
#include "mirim/offers/operands.hpp"

namespace mirim {
namespace {

/// Cycles of a Cortex-M4 (docs/device-compressed.md): of a four, and to finish a filter, for a tile of pixels.
struct Prices {
  double four, filter;
};
constexpr Prices kFourPixels{25.5, 66}, kOnePixel{12, 48};

}  // namespace

Answer offer_conv2d_sparse(const Work& work, const Target& target) {
  std::string refusal;
  std::optional<ConvolutionLayer> layer = convolution_layer(work, target, refusal);
  if (!layer) return refusal;
  if (layer->packed.hollow) return kWeightsUnknown;
  const SparsePack pack = pack_conv2d_sparse(layer->packed);
  if (!pack.refusal.empty()) return pack.refusal;
  const micro::Conv2dPairedParams& params = layer->params;
  const bool tiles = layer->pixels() >= 4;
  const std::int32_t scratch = micro::paired_scratch_bytes(params, tiles ? 4 : 1);
  if (scratch > kColumnBytes) return fmt::format("its columns take {} bytes of RAM", scratch);
  const Prices& prices = tiles ? kFourPixels : kOnePixel;
  const double calls = static_cast<double>(tiles ? (layer->pixels() + 3) / 4 : layer->pixels());
  Offer offer{
      .call = make_kernel_call("mirim/micro/conv2d_sparse.hpp", tiles ? "conv2d_sparse<4>" : "conv2d_sparse<1>",
                               "Conv2dPairedParams", tiles ? &micro::conv2d_sparse<4> : &micro::conv2d_sparse<1>,
                               params, {kernel_input(0), kernel_constant(0), kernel_scratch(), kernel_output(0)}),
      .cycles = gather_price(params) +
                static_cast<std::int64_t>(
                    calls * (prices.four * static_cast<double>(pack.fours) + prices.filter * params.output_channels))};
  offer.call.constants = {make_kernel_constant("packed", pack.words)};
  offer.call.scratch_bytes = scratch;
  offer.flash_read = flash_read_of_columns(static_cast<std::int64_t>(calls), pack.words.size());
  return offer;
}

}  // namespace mirim
