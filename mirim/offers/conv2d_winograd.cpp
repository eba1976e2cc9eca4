#include <fmt/format.h>

#include "mirim/graph/hollow.hpp"
#include "mirim/micro/conv2d.hpp"
#include "mirim/micro/conv2d_winograd.hpp"
#include "mirim/offers/conv2d_winograd_pack.hpp"
#include "mirim/offers/kernels.hpp"
#include "mirim/offers/operands.hpp"

namespace mirim {
namespace {

/// More would take RAM from the activations.
constexpr std::int32_t kMostChannels = 64;

/// Cycles of a Cortex-M4, by bench/kernels (docs/device-speed.md): of two tiles, for each channel, for each channel and
/// filter, and for each filter.
std::int64_t price(const micro::Conv2dWinogradParams& p) {
  constexpr std::int64_t kTiles = 384, kChannel = 200, kFilter = 395, kProducts = 34;
  const std::int64_t pairs = std::int64_t{p.batches} * ((p.output_height + 1) / 2) * ((p.output_width + 3) / 4);
  return pairs * (kTiles + kChannel * p.input_channels + p.output_channels * (kFilter + kProducts * p.input_channels));
}

}  // namespace

Answer offer_conv2d_winograd(const Work& work, const Target& target) {
  const auto* c = work.plain.parameters_as<micro::Conv2dParams>();
  if (!c || !is_int8(work)) return "its operands are not all int8";
  if (!target.dsp) return fmt::format("{} has no SMLAD", target.name);
  if (c->filter_height != 3 || c->filter_width != 3 || c->stride_height != 1 || c->stride_width != 1 ||
      c->dilation_height != 1 || c->dilation_width != 1 || c->filter_channels != c->input_channels) {
    return "it is not 3x3 with stride 1";
  }
  if (c->input_channels % 16 != 0 || c->output_channels % micro::kWinogradFilters != 0) {
    return "its channels are not in 16s, or its filters not in fours";
  }
  if (c->input_channels > kMostChannels) return fmt::format("it has more than {} channels", kMostChannels);
  const Scales scales = scales_of(work.plain);
  const WinogradPack pack = pack_conv2d_winograd({.weights = work.in[1].values<std::int8_t>(),
                                                  .filters = c->output_channels,
                                                  .size = 9 * c->input_channels,
                                                  .rows = 3,
                                                  .input_offset = c->input_offset,
                                                  .bias = bias_of(work),
                                                  .multiplier = scales.multiplier,
                                                  .shift = scales.shift,
                                                  .multiplier_stride = c->multiplier_stride,
                                                  .hollow = is_hollow(work.in[1])});
  if (!pack.refusal.empty()) return pack.refusal;
  const micro::Conv2dWinogradParams params{.batches = c->batches,
                                           .input_height = c->input_height,
                                           .input_width = c->input_width,
                                           .input_channels = c->input_channels,
                                           .output_height = c->output_height,
                                           .output_width = c->output_width,
                                           .output_channels = c->output_channels,
                                           .padding_top = c->padding_top,
                                           .padding_left = c->padding_left,
                                           .input_offset = c->input_offset,
                                           .output_offset = c->output_offset,
                                           .activation_min = c->activation_min,
                                           .activation_max = c->activation_max};
  Offer offer{.call = make_kernel_call("mirim/micro/conv2d_winograd.hpp", "conv2d_winograd", "Conv2dWinogradParams",
                                       &micro::conv2d_winograd, params,
                                       {kernel_input(0), kernel_constant(0), kernel_scratch(), kernel_output(0)}),
              .cycles = price(params)};
  offer.call.constants = {make_kernel_constant("packed", pack.words)};
  offer.call.scratch_bytes = micro::winograd_scratch_bytes(params);
  offer.flash_read = std::int64_t{params.batches} * ((params.output_height + 1) / 2) * ((params.output_width + 3) / 4) *
                     static_cast<std::int64_t>(pack.size) * 4;
  offer.hollow_bytes = hollow_bytes(pack.words, pack.size);
  return offer;
}

}  // namespace mirim
