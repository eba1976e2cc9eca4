#include <fmt/format.h>

#include "mirim/micro/conv2d.hpp"
#include "mirim/micro/conv2d_paired.hpp"
#include "mirim/offers/conv2d_paired_pack.hpp"
#include "mirim/offers/kernels.hpp"
#include "mirim/offers/operands.hpp"

namespace mirim {
namespace {

/// Cycles of a Cortex-M4 by the model of docs/device-speed.md, per tile of 4 filters and 2 pixels (or 2 and 4): 1.06 a
/// product in the loop of 16, and around it the gathering of its inputs and the finish of its 8 outputs.
std::int64_t price(const micro::Conv2dPairedParams& p, int filters, int pixels) {
  const std::int64_t outputs = std::int64_t{p.batches} * p.output_height * p.output_width;
  const std::int64_t size = micro::paired_filter_size(p);
  const std::int64_t tiles_of_pixels = (outputs + pixels - 1) / pixels;
  const std::int64_t tiles = tiles_of_pixels * ((p.output_channels + filters - 1) / filters);
  const std::int64_t products = tiles * filters * pixels * size;
  const bool words = p.input_channels % 4 == 0;
  const std::int64_t gathered = tiles_of_pixels * pixels * size;
  return products * 106 / 100 + tiles * 110 + gathered * (words ? 1 : 3);
}

Answer offer(const Work& work, const Target& target, int filters, int pixels) {
  const auto* plain = work.plain.parameters_as<micro::Conv2dParams>();
  if (!plain || !is_int8(work)) return "its operands are not all int8";
  if (!target.dsp) return fmt::format("{} has no SMLAD", target.name);
  const micro::Conv2dParams& c = *plain;
  if (c.filter_channels != c.input_channels) return "it has groups";
  if (c.batches * c.output_height * c.output_width < 2) return "it has a single pixel, which shares no weights";
  const Scales scales = scales_of(work.plain);
  const PairedPack pack = pack_conv2d_paired({.weights = work.in[1].values<std::int8_t>(),
                                              .filters = c.output_channels,
                                              .size = c.filter_height * c.filter_width * c.input_channels,
                                              .input_offset = c.input_offset,
                                              .bias = bias_of(work),
                                              .multiplier = scales.multiplier,
                                              .shift = scales.shift,
                                              .multiplier_stride = c.multiplier_stride},
                                             filters);
  if (!pack.refusal.empty()) return pack.refusal;
  const micro::Conv2dPairedParams params{.batches = c.batches,
                                         .input_height = c.input_height,
                                         .input_width = c.input_width,
                                         .input_channels = c.input_channels,
                                         .filter_height = c.filter_height,
                                         .filter_width = c.filter_width,
                                         .output_height = c.output_height,
                                         .output_width = c.output_width,
                                         .output_channels = c.output_channels,
                                         .stride_height = c.stride_height,
                                         .stride_width = c.stride_width,
                                         .dilation_height = c.dilation_height,
                                         .dilation_width = c.dilation_width,
                                         .padding_top = c.padding_top,
                                         .padding_left = c.padding_left,
                                         .input_offset = c.input_offset,
                                         .output_offset = c.output_offset,
                                         .activation_min = c.activation_min,
                                         .activation_max = c.activation_max,
                                         .chunk = pack.chunk};
  const bool four = filters == 4;
  Offer offer{
      .call = make_kernel_call("mirim/micro/conv2d_paired.hpp", four ? "conv2d_paired_4x2" : "conv2d_paired_2x4",
                               "Conv2dPairedParams", four ? &micro::conv2d_paired_4x2 : &micro::conv2d_paired_2x4,
                               params, {kernel_input(0), kernel_constant(0), kernel_scratch(), kernel_output(0)}),
      .cycles = price(params, filters, pixels)};
  offer.call.constants = {make_kernel_constant("packed", pack.words)};
  offer.call.scratch_bytes = micro::paired_scratch_bytes(params, pixels);
  return offer;
}

}  // namespace

Answer offer_conv2d_paired_4x2(const Work& work, const Target& target) { return offer(work, target, 4, 2); }
Answer offer_conv2d_paired_2x4(const Work& work, const Target& target) { return offer(work, target, 2, 4); }

}  // namespace mirim
