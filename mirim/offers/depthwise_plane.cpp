#include <fmt/format.h>

#include <algorithm>

#include "mirim/graph/hollow.hpp"
#include "mirim/micro/depthwise_conv2d.hpp"
#include "mirim/micro/depthwise_conv2d_plane.hpp"
#include "mirim/offers/depthwise_plane_pack.hpp"
#include "mirim/offers/kernels.hpp"
#include "mirim/offers/operands.hpp"

namespace mirim {
namespace {

/// Scratch that a layer may take whose outputs cannot take the place of its inputs: a plane that is larger is made
/// strip by strip, which computes a few rows of it twice.
constexpr std::int32_t kScratchBytes = 2048;

/// Below it the plain kernel is faster.
constexpr std::int32_t kShortestRow = 4;

/// Cycles of a Cortex-M4: for each output, input in a plane, row of outputs, and channel, the further ones of an input
/// too. Fitted to bench/kernels and the traces of the public models' layers, which are within 4 %.
std::int64_t price(const micro::DepthwisePlaneParams& p) {
  constexpr double kOutput = 23.4, kInput = 5.2, kRow = 34.7, kChannel = 344, kFurtherChannel = 700;
  constexpr double kFinish = 13, kTapRow = 16.3, kTapPair = 2.2;  // of an output of any other filter than 3x3
  const bool transposed = p.transposed != 0;
  const std::int32_t height = transposed ? p.output_width : p.output_height;
  const std::int32_t strips = (height + p.strip_height - 1) / p.strip_height;
  const std::int32_t rows_in_strip =
      (p.strip_height - 1) * p.stride_height + (p.filter_height - 1) * p.dilation_height + 1;
  const std::int32_t filled = transposed ? p.input_height : std::min(p.input_height, rows_in_strip) * strips;
  const double output = micro::PlaneLayout::of(p).three
                            ? kOutput
                            : kFinish + p.filter_height * (kTapRow + kTapPair * ((p.filter_width + 1) / 2));
  const double of_output_channel = static_cast<double>(p.output_height) * p.output_width * output + height * kRow;
  const double of_channel = static_cast<double>(filled) * p.input_width * kInput + kChannel +
                            (p.depth_multiplier - 1) * kFurtherChannel + p.depth_multiplier * of_output_channel;
  return static_cast<std::int64_t>(p.batches * p.input_channels * of_channel);
}

}  // namespace

Answer offer_depthwise_plane(const Work& work, const Target& target) {
  const auto* plain = work.plain.parameters_as<micro::DepthwiseConv2dParams>();
  if (!plain || !is_int8(work)) return "its operands are not all int8";
  if (!target.dsp) return fmt::format("{} has no SMLAD", target.name);
  const micro::DepthwiseConv2dParams& c = *plain;
  const bool in_place = c.depth_multiplier == 1 && c.input_height == c.output_height && c.input_width == c.output_width;
  micro::DepthwisePlaneParams params{.batches = c.batches,
                                     .input_height = c.input_height,
                                     .input_width = c.input_width,
                                     .input_channels = c.input_channels,
                                     .filter_height = c.filter_height,
                                     .filter_width = (c.filter_width - 1) * c.dilation_width + 1,
                                     .depth_multiplier = c.depth_multiplier,
                                     .output_height = c.output_height,
                                     .output_width = c.output_width,
                                     .stride_height = c.stride_height,
                                     .stride_width = c.stride_width,
                                     .dilation_height = c.dilation_height,
                                     .padding_top = c.padding_top,
                                     .padding_left = c.padding_left,
                                     .input_offset = c.input_offset,
                                     .output_offset = c.output_offset,
                                     .activation_min = c.activation_min,
                                     .activation_max = c.activation_max,
                                     .strip_height = c.output_height,
                                     .transposed = 0};
  const auto is_large = [&] { return !in_place && micro::depthwise_plane_scratch_bytes(params) > kScratchBytes; };
  const bool dilated = c.dilation_height > 1 || c.dilation_width > 1;
  // A plane in one strip: outputs may take the place of inputs only if no later strip reads those.
  const auto lay = [&](bool transposed) {
    params.transposed = transposed ? 1 : 0;
    params.strip_height = transposed ? c.output_width : c.output_height;
  };
  lay(!dilated && plane_is_better_transposed(params));
  if (is_large()) lay(false);  // a transposed plane has no strips
  while (is_large() && params.strip_height > 1) params.strip_height = (params.strip_height + 1) / 2;
  const std::int32_t row = params.transposed ? c.output_height : c.output_width;
  if (row < kShortestRow) return fmt::format("its rows of {} outputs are too short for a plane", row);
  const Scales scales = scales_of(work.plain);
  const DepthwisePlanePack pack = pack_depthwise_plane({.weights = work.in[1].values<std::int8_t>(),
                                                        .filter_height = c.filter_height,
                                                        .filter_width = c.filter_width,
                                                        .outputs = c.input_channels * c.depth_multiplier,
                                                        .dilation_width = c.dilation_width,
                                                        .transposed = params.transposed != 0,
                                                        .input_offset = c.input_offset,
                                                        .bias = bias_of(work),
                                                        .multiplier = scales.multiplier,
                                                        .shift = scales.shift,
                                                        .multiplier_stride = c.multiplier_stride,
                                                        .hollow = is_hollow(work.in[1])});
  if (!pack.refusal.empty()) return pack.refusal;
  params.filter_width = pack.filter_width;
  Offer offer{.call = make_kernel_call("mirim/micro/depthwise_conv2d_plane.hpp", "depthwise_conv2d_plane",
                                       "DepthwisePlaneParams", &micro::depthwise_conv2d_plane, params,
                                       {kernel_input(0), kernel_constant(0), kernel_scratch(), kernel_output(0)}),
              .cycles = price(params)};
  offer.call.constants = {make_kernel_constant("packed", pack.words)};
  offer.call.scratch_bytes = micro::depthwise_plane_scratch_bytes(params);
  // The weights, and for each channel the code to fill a plane and to make a row, which a cache of 1 KB does not hold.
  constexpr std::int64_t kCode = 984;
  offer.hollow_bytes = hollow_bytes(pack.words, pack.size);
  offer.flash_read = static_cast<std::int64_t>(pack.size) * 4 +
                     std::int64_t{params.batches} * params.input_channels * params.depth_multiplier * kCode;
  if (in_place) offer.call.may_overwrite = {0};
  return offer;
}

}  // namespace mirim
