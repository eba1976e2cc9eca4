#include "mirim/offers/depthwise_plane_pack.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/offers/short_rescale.hpp"

namespace mirim {

namespace {

std::size_t at(std::int32_t index) { return static_cast<std::size_t>(index); }

// In cycles, about: 12 for each sum of a 3x3 filter, 9 to requantize it, 4 to fill each number, 25 for a row of each.
std::int64_t plane_cost(const micro::DepthwisePlaneParams& p) {
  const auto layout = micro::PlaneLayout::of(p);
  return std::int64_t{p.output_height} * (12 * layout.columns + 9 * p.output_width + 50) +
         std::int64_t{p.input_height} * (4 * p.input_width + 25);
}

}  // namespace

void require_layer(const DepthwiseLayer& layer) {
  const std::int32_t taps = layer.filter_height * layer.filter_width;
  const std::size_t scales = layer.multiplier_stride == 0 ? 1 : at(layer.outputs);
  if (layer.outputs < 1 || taps < 1 || layer.dilation_width < 1 || (layer.transposed && layer.dilation_width > 1) ||
      (!layer.hollow && layer.weights.size() != at(taps) * at(layer.outputs)) ||
      (!layer.bias.empty() && layer.bias.size() != at(layer.outputs)) || layer.multiplier.size() < scales ||
      layer.shift.size() < scales) {
    fail("{} depthwise filters of {}x{}: {} weights, {} biases and {} scales do not make a layer", layer.outputs,
         layer.filter_height, layer.filter_width, layer.weights.size(), layer.bias.size(), layer.multiplier.size());
  }
}

DepthwisePlanePack pack_depthwise_plane(const DepthwiseLayer& layer) {
  require_layer(layer);
  const std::int32_t taps = layer.filter_height * layer.filter_width;
  DepthwisePlanePack pack;
  pack.filter_width = (layer.filter_width - 1) * layer.dilation_width + 1;
  if (layer.hollow) {
    pack.size = at(layer.outputs) * at(2 + (layer.filter_height * pack.filter_width + 1 + 3) / 4);
    return pack;
  }
  std::vector<std::uint8_t> bytes;
  for (std::int32_t o = 0; o < layer.outputs; ++o) {
    SumRange range;
    std::int64_t sum = 0;
    bytes.assign(at((layer.filter_height * pack.filter_width + 1 + 3) / 4 * 4), 0);
    for (std::int32_t tap = 0; tap < taps; ++tap) {
      const std::int32_t weight = layer.weights[at(tap * layer.outputs + o)];  // NOLINT: a number, no character
      range.add(weight);
      sum += weight;
      const std::int32_t i = tap / layer.filter_width, j = tap % layer.filter_width;
      const std::int32_t place =
          layer.transposed ? j * layer.filter_height + i : i * pack.filter_width + j * layer.dilation_width;
      bytes[at(place)] = static_cast<std::uint8_t>(weight);
    }
    const std::int64_t bias = (layer.bias.empty() ? 0 : layer.bias[at(o)]) + sum * layer.input_offset;
    const std::size_t scale = at(o * layer.multiplier_stride);
    const ShortChannel channel = short_channel(bias, range, layer.multiplier[scale], layer.shift[scale]);
    if (!channel.refusal.empty()) return {.refusal = fmt::format("output {}: {}", o, channel.refusal)};
    if (channel.constant) std::ranges::fill(bytes, std::uint8_t{0});
    bytes[at(layer.filter_height * pack.filter_width)] = static_cast<std::uint8_t>(channel.right);
    pack.words.push_back(static_cast<std::uint32_t>(2 * channel.bias));
    pack.words.push_back(static_cast<std::uint32_t>(channel.multiplier));
    for (std::size_t i = 0; i < bytes.size(); i += 4) {
      pack.words.push_back(bytes[i] | static_cast<std::uint32_t>(bytes[i + 1]) << 8 |
                           static_cast<std::uint32_t>(bytes[i + 2]) << 16 |
                           static_cast<std::uint32_t>(bytes[i + 3]) << 24);
    }
  }
  pack.size = pack.words.size();
  return pack;
}

bool plane_is_better_transposed(const micro::DepthwisePlaneParams& p) {
  return plane_cost(micro::transposed_plane(p)) < plane_cost(p);
}

}  // namespace mirim
