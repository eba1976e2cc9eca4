#include "mirim/offers/conv2d_layer.hpp"

#include <fmt/format.h>

#include "mirim/graph/hollow.hpp"
#include "mirim/micro/conv2d.hpp"
#include "mirim/micro/depthwise_conv2d.hpp"
#include "mirim/micro/fully_connected.hpp"
#include "mirim/offers/operands.hpp"
#include "mirim/ops/packed_weights.hpp"

namespace mirim {
namespace {

/// Smaller fully connected layers are not worth a kilobyte of code.
constexpr std::int64_t kFewProducts = 16384;

/// To gather an input: one whole run a pixel, runs of whole words, others, which also take each row of taps.
constexpr double kGatheredRun = 1, kGatheredWords = 2.5, kGatheredBytes = 2.7, kGatheredRow = 13;

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

// A depthwise layer of one channel is a convolution whose weights have another order. A fully connected layer is one
// of 1x1 filters; its rows are the pixels.
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

// The weights filter by filter.
std::vector<std::int8_t> filters_of(const Work& work, std::int32_t filters) {
  const auto weights = byte_weights(work.in[1]);
  std::vector<std::int8_t> result(weights.begin(), weights.end());
  if (!work.plain.parameters_as<micro::DepthwiseConv2dParams>()) return result;
  const std::size_t count = static_cast<std::size_t>(filters), size = weights.size() / count;
  for (std::size_t filter = 0; filter < count; ++filter) {
    for (std::size_t k = 0; k < size; ++k) result[filter * size + k] = weights[k * count + filter];
  }
  return result;
}

}  // namespace

std::optional<ConvolutionLayer> convolution_layer(const Work& work, const Target& target, std::string& refusal,
                                                  bool packed) {
  const std::optional<micro::Conv2dPairedParams> params = geometry(work.plain);
  if (!is_int8(work) && !(packed && is_int8_packed(work))) {
    refusal = "its operands are not all int8";
  } else if (!target.dsp) {
    refusal = fmt::format("{} has no SMLAD", target.name);
  } else if (!params) {
    refusal = "it has groups, or several channels with filters of their own";
  }
  if (!refusal.empty()) return std::nullopt;
  ConvolutionLayer layer{.params = *params,
                         .weights = filters_of(work, params->output_channels),
                         .fully_connected = work.plain.parameters_as<micro::FullyConnectedParams>() != nullptr};
  if (layer.fully_connected && layer.pixels() * params->input_channels * params->output_channels < kFewProducts) {
    refusal = fmt::format("it has fewer than {} products", kFewProducts);
    return std::nullopt;
  }
  const Scales scales = scales_of(work.plain);
  layer.packed = {.weights = layer.weights,
                  .filters = params->output_channels,
                  .size = params->filter_height * params->filter_width * params->input_channels,
                  .rows = params->filter_height,
                  .input_offset = params->input_offset,
                  .bias = bias_of(work),
                  .multiplier = scales.multiplier,
                  .shift = scales.shift,
                  .multiplier_stride = scales.multiplier.size() > 1 ? 1 : 0,
                  .hollow = is_hollow(work.in[1])};
  return layer;
}

std::int64_t gather_price(const micro::Conv2dPairedParams& p) {
  const std::int64_t pixels = std::int64_t{p.batches} * p.output_height * p.output_width;
  const bool whole_words = p.input_channels % 4 == 0;
  const double each = !whole_words                            ? kGatheredBytes
                      : p.filter_height * p.filter_width == 1 ? kGatheredRun
                                                              : kGatheredWords;
  const double rows = whole_words ? 0 : static_cast<double>(pixels * p.filter_height) * kGatheredRow;
  return static_cast<std::int64_t>(static_cast<double>(pixels * micro::paired_filter_size(p)) * each + rows);
}

namespace {

/// What a second gathering adds, by bench/kernels: less than the first's share of a call, and less where runs are long.
std::int64_t gather_again_price(const micro::Conv2dPairedParams& p) {
  constexpr double kInput = 2, kChannels = 32;
  if (p.input_channels % 4 != 0 || p.filter_height * p.filter_width == 1) return gather_price(p);
  const std::int64_t pixels = std::int64_t{p.batches} * p.output_height * p.output_width;
  return static_cast<std::int64_t>(static_cast<double>(pixels * micro::paired_filter_size(p)) *
                                   (kInput + kChannels / p.input_channels));
}

}  // namespace

std::int64_t paired_price(const micro::Conv2dPairedParams& p, const PairedTile& tile, std::int64_t gathers) {
  const std::int64_t pixels = std::int64_t{p.batches} * p.output_height * p.output_width;
  const std::int64_t columns = (pixels + tile.pixels - 1) / tile.pixels;
  const std::int64_t tiles = columns * ((p.output_channels + tile.filters - 1) / tile.filters);
  const auto products = static_cast<double>(tiles * tile.filters * tile.pixels * micro::paired_filter_size(p));
  return static_cast<std::int64_t>(products * tile.product + static_cast<double>(tiles) * tile.finish +
                                   static_cast<double>(gathers * columns) * tile.column) +
         gather_price(p) + (gathers - 1) * gather_again_price(p);
}

std::int64_t flash_read_of_columns(std::int64_t columns, std::size_t words) {
  // And the code to gather a column and to make a tile, which a cache of 1 KB does not hold.
  constexpr std::int64_t kCode = 1280;
  return columns * (4 * static_cast<std::int64_t>(words) + kCode);
}

}  // namespace mirim
