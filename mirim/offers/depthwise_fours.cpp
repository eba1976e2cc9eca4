#include <fmt/format.h>

#include "mirim/graph/hollow.hpp"
#include "mirim/micro/depthwise_conv2d.hpp"
#include "mirim/micro/depthwise_conv2d_fours.hpp"
#include "mirim/offers/depthwise_fours_pack.hpp"
#include "mirim/offers/kernels.hpp"
#include "mirim/offers/operands.hpp"

namespace mirim {
namespace {

/// Cycles of a Cortex-M4, by bench/kernels (docs/device-speed.md): for four outputs 10 a tap, 8 a row of taps, and 60
/// around them; 60 more for a pixel.
std::int64_t price(const micro::DepthwiseFoursParams& p) {
  const std::int64_t pixels = std::int64_t{p.batches} * p.output_height * p.output_width, fours = p.channels / 4;
  return pixels * (fours * (10 * p.filter_height * p.filter_width + 8 * p.filter_height + 60) + 60);
}

}  // namespace

Answer offer_depthwise_fours(const Work& work, const Target& target) {
  const auto* plain = work.plain.parameters_as<micro::DepthwiseConv2dParams>();
  if (!plain || !is_int8(work)) return "its operands are not all int8";
  if (!target.dsp) return fmt::format("{} has no SMLABB", target.name);
  const micro::DepthwiseConv2dParams& c = *plain;
  if (c.depth_multiplier != 1) return "it has several outputs for an input";
  if (c.input_channels % 4 != 0) return fmt::format("{} channels are no multiple of 4", c.input_channels);
  const Scales scales = scales_of(work.plain);
  const DepthwiseFoursPack pack = pack_depthwise_fours({.weights = work.in[1].values<std::int8_t>(),
                                                        .filter_height = c.filter_height,
                                                        .filter_width = c.filter_width,
                                                        .outputs = c.input_channels,
                                                        .input_offset = c.input_offset,
                                                        .bias = bias_of(work),
                                                        .multiplier = scales.multiplier,
                                                        .shift = scales.shift,
                                                        .multiplier_stride = c.multiplier_stride,
                                                        .hollow = is_hollow(work.in[1])});
  if (!pack.refusal.empty()) return pack.refusal;
  const micro::DepthwiseFoursParams params{.batches = c.batches,
                                           .input_height = c.input_height,
                                           .input_width = c.input_width,
                                           .channels = c.input_channels,
                                           .filter_height = c.filter_height,
                                           .filter_width = c.filter_width,
                                           .output_height = c.output_height,
                                           .output_width = c.output_width,
                                           .stride_height = c.stride_height,
                                           .stride_width = c.stride_width,
                                           .dilation_height = c.dilation_height,
                                           .dilation_width = c.dilation_width,
                                           .padding_top = c.padding_top,
                                           .padding_left = c.padding_left,
                                           .input_offset = c.input_offset,
                                           .output_offset = c.output_offset,
                                           .activation_min = c.activation_min,
                                           .activation_max = c.activation_max};
  Offer offer{.call = make_kernel_call("mirim/micro/depthwise_conv2d_fours.hpp", "depthwise_conv2d_fours",
                                       "DepthwiseFoursParams", &micro::depthwise_conv2d_fours, params,
                                       {kernel_input(0), kernel_constant(0), kernel_output(0)}),
              .cycles = price(params)};
  offer.call.constants = {make_kernel_constant("packed", pack.words)};
  offer.hollow_bytes = hollow_bytes(pack.words, pack.size);
  return offer;
}

}  // namespace mirim
