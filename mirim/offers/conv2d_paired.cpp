#include <fmt/format.h>

#include <optional>

#include "mirim/micro/conv2d.hpp"
#include "mirim/micro/conv2d_paired.hpp"
#include "mirim/micro/depthwise_conv2d.hpp"
#include "mirim/micro/fully_connected.hpp"
#include "mirim/offers/conv2d_paired_pack.hpp"
#include "mirim/offers/kernels.hpp"
#include "mirim/offers/operands.hpp"

namespace mirim {
namespace {

/// A tile of mirim/micro/conv2d_paired.hpp with its price in cycles of a Cortex-M4: for each product, to finish its
/// outputs, and for each column of its pixels. Fitted to the traces of the public models' layers, most of which are
/// within 5 %.
struct Tile {
  int filters;
  int pixels;
  double product;
  double finish;
  double column;
  const char* function;
  void (*kernel)(const micro::Conv2dPairedParams&, const std::int8_t*, const std::uint32_t*, std::uint32_t*,
                 std::int8_t*);
};
constexpr Tile kTile4x2{4, 2, 1.02, 84, 472, "conv2d_paired_4x2", &micro::conv2d_paired_4x2};
constexpr Tile kTile2x4{2, 4, 1.08, 114, 360, "conv2d_paired_2x4", &micro::conv2d_paired_2x4};
constexpr Tile kTile4x1{4, 1, 1.32, 77, 60, "conv2d_paired_4x1", &micro::conv2d_paired_4x1};

/// Smaller fully connected layers are not worth the kernel's kilobyte of code.
constexpr std::int64_t kFewProducts = 16384;

/// Of the columns: more would take RAM from the activations.
constexpr std::int32_t kScratchBytes = 5120;

/// To gather an input: one whole run a pixel, runs of whole words, others, which also take each row of taps.
constexpr double kGatheredRun = 1, kGatheredWords = 2.5, kGatheredBytes = 2.7, kGatheredRow = 13;

std::int64_t price(const micro::Conv2dPairedParams& p, const Tile& tile) {
  const std::int64_t pixels = std::int64_t{p.batches} * p.output_height * p.output_width;
  const std::int64_t columns = (pixels + tile.pixels - 1) / tile.pixels;
  const std::int64_t tiles = columns * ((p.output_channels + tile.filters - 1) / tile.filters);
  const std::int64_t size = micro::paired_filter_size(p);
  const auto products = static_cast<double>(tiles * tile.filters * tile.pixels * size);
  const bool whole_words = p.input_channels % 4 == 0;
  const double gather = !whole_words                            ? kGatheredBytes
                        : p.filter_height * p.filter_width == 1 ? kGatheredRun
                                                                : kGatheredWords;
  return static_cast<std::int64_t>(products * tile.product + static_cast<double>(tiles) * tile.finish +
                                   static_cast<double>(columns) * tile.column +
                                   static_cast<double>(pixels * size) * gather +
                                   (whole_words ? 0 : static_cast<double>(pixels * p.filter_height) * kGatheredRow));
}

template <class Params>
micro::Conv2dPairedParams of_convolution(const Params& c, std::int32_t filters) {
  return {.batches = c.batches,
          .input_height = c.input_height,
          .input_width = c.input_width,
          .input_channels = c.input_channels,
          .filter_height = c.filter_height,
          .filter_width = c.filter_width,
          .output_height = c.output_height,
          .output_width = c.output_width,
          .output_channels = filters,
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
          .chunk = 0};
}

/// A depthwise layer of one channel is a convolution whose weights have another order. A fully connected layer is one
/// of 1x1 filters; its rows are the pixels.
std::optional<micro::Conv2dPairedParams> geometry(const KernelCall& plain) {
  if (const auto* c = plain.parameters_as<micro::Conv2dParams>()) {
    if (c->filter_channels != c->input_channels) return std::nullopt;
    return of_convolution(*c, c->output_channels);
  }
  if (const auto* d = plain.parameters_as<micro::DepthwiseConv2dParams>()) {
    if (d->input_channels != 1) return std::nullopt;
    return of_convolution(*d, d->depth_multiplier);
  }
  const auto* f = plain.parameters_as<micro::FullyConnectedParams>();
  if (!f) return std::nullopt;
  return micro::Conv2dPairedParams{.batches = 1,
                                   .input_height = f->batches,
                                   .input_width = 1,
                                   .input_channels = f->inputs,
                                   .filter_height = 1,
                                   .filter_width = 1,
                                   .output_height = f->batches,
                                   .output_width = 1,
                                   .output_channels = f->outputs,
                                   .stride_height = 1,
                                   .stride_width = 1,
                                   .dilation_height = 1,
                                   .dilation_width = 1,
                                   .padding_top = 0,
                                   .padding_left = 0,
                                   .input_offset = f->input_offset,
                                   .output_offset = f->output_offset,
                                   .activation_min = f->activation_min,
                                   .activation_max = f->activation_max,
                                   .chunk = 0};
}

/// The weights filter by filter.
std::vector<std::int8_t> filters_of(const Work& work, std::int32_t filters) {
  const auto weights = work.in[1].values<std::int8_t>();
  std::vector<std::int8_t> result(weights.begin(), weights.end());
  if (!work.plain.parameters_as<micro::DepthwiseConv2dParams>()) return result;
  const std::size_t count = static_cast<std::size_t>(filters), size = weights.size() / count;
  for (std::size_t filter = 0; filter < count; ++filter) {
    for (std::size_t k = 0; k < size; ++k) result[filter * size + k] = weights[k * count + filter];
  }
  return result;
}

Answer offer(const Work& work, const Target& target, const Tile& tile) {
  if (!is_int8(work)) return "its operands are not all int8";
  if (!target.dsp) return fmt::format("{} has no SMLAD", target.name);
  std::optional<micro::Conv2dPairedParams> params = geometry(work.plain);
  if (!params) return "it has groups, or several channels with filters of their own";
  const std::int64_t pixels = std::int64_t{params->batches} * params->output_height * params->output_width;
  if (pixels < tile.pixels) return fmt::format("it has fewer than {} pixels", tile.pixels);
  const bool connected = work.plain.parameters_as<micro::FullyConnectedParams>() != nullptr;
  if (connected && pixels * params->input_channels * params->output_channels < kFewProducts) {
    return fmt::format("it has fewer than {} products", kFewProducts);
  }
  const std::int32_t scratch = micro::paired_scratch_bytes(*params, tile.pixels);
  if (scratch > kScratchBytes) return fmt::format("its columns take {} bytes of RAM", scratch);
  const Scales scales = scales_of(work.plain);
  const std::vector<std::int8_t> weights = filters_of(work, params->output_channels);
  const PairedPack pack =
      pack_conv2d_paired({.weights = weights,
                          .filters = params->output_channels,
                          .size = params->filter_height * params->filter_width * params->input_channels,
                          .rows = params->filter_height,
                          .input_offset = params->input_offset,
                          .bias = bias_of(work),
                          .multiplier = scales.multiplier,
                          .shift = scales.shift,
                          .multiplier_stride = scales.multiplier.size() > 1 ? 1 : 0},
                         tile.filters);
  if (!pack.refusal.empty()) return pack.refusal;
  params->chunk = pack.chunk;
  Offer offer{
      .call = make_kernel_call("mirim/micro/conv2d_paired.hpp", tile.function, "Conv2dPairedParams", tile.kernel,
                               *params, {kernel_input(0), kernel_constant(0), kernel_scratch(), kernel_output(0)}),
      .cycles = price(*params, tile)};
  offer.call.constants = {make_kernel_constant("packed", pack.words)};
  offer.call.scratch_bytes = scratch;
  // For each column all weights, and the code to gather it and to make a tile, which a cache of 1 KB does not hold.
  constexpr std::int64_t kCode = 1280;
  const std::int64_t columns = (pixels + tile.pixels - 1) / tile.pixels;
  offer.flash_read = columns * (static_cast<std::int64_t>(pack.words.size()) * 4 + kCode);
  return offer;
}

}  // namespace

Answer offer_conv2d_paired_4x2(const Work& work, const Target& target) { return offer(work, target, kTile4x2); }
Answer offer_conv2d_paired_2x4(const Work& work, const Target& target) { return offer(work, target, kTile2x4); }
Answer offer_conv2d_paired_4x1(const Work& work, const Target& target) { return offer(work, target, kTile4x1); }

}  // namespace mirim
