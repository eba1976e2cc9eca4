#include "mirim/micro/conv2d_nibbles.hpp"

#include <fmt/format.h>

#include "mirim/offers/conv2d_layer.hpp"
#include "mirim/offers/conv2d_nibbles_pack.hpp"
#include "mirim/offers/kernels.hpp"
#include "mirim/offers/operands.hpp"

namespace mirim {
namespace {

/// To add up an input (docs/device-compressed.md).
constexpr double kSummedInput = 1.3;

}  // namespace

Answer offer_conv2d_nibbles(const Work& work, const Target& target) {
  std::string refusal;
  std::optional<ConvolutionLayer> layer = convolution_layer(work, target, refusal, true);
  if (!layer) return refusal;
  if (is_int8_packed(work) && layer->fully_connected && work.plain.function.ends_with("true>")) {
    return "its sums are rounded once";
  }
  if (layer->packed.hollow) return kWeightsUnknown;
  const std::int64_t pixels = layer->pixels();
  const NibblesPack pack = pack_conv2d_nibbles(layer->packed);
  if (!pack.refusal.empty()) return pack.refusal;
  const micro::Conv2dPairedParams& params = layer->params;
  const bool single = pixels == 1;
  const std::int32_t scratch = micro::paired_scratch_bytes(params, single ? 1 : 2);
  if (scratch > kColumnBytes) return fmt::format("its columns take {} bytes of RAM", scratch);
  PairedTile tile = single ? kPaired4x1 : kPaired4x2;
  tile.finish += 12;
  Offer offer{
      .call = make_kernel_call("mirim/micro/conv2d_nibbles.hpp", single ? "conv2d_nibbles<1>" : "conv2d_nibbles<2>",
                               "Conv2dPairedParams", single ? &micro::conv2d_nibbles<1> : &micro::conv2d_nibbles<2>,
                               params, {kernel_input(0), kernel_constant(0), kernel_scratch(), kernel_output(0)}),
      .cycles = paired_price(params, tile) +
                static_cast<std::int64_t>(kSummedInput * static_cast<double>(pixels * layer->packed.size))};
  offer.call.constants = {make_kernel_constant("packed", pack.words)};
  offer.call.scratch_bytes = scratch;
  offer.flash_read = flash_read_of_columns(single ? pixels : (pixels + 1) / 2, pack.words.size());
  return offer;
}

}  // namespace mirim
