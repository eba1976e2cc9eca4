#include "mirim/offers/depthwise_fours_pack.hpp"

#include <fmt/format.h>

#include "mirim/base/error.hpp"
#include "mirim/micro/depthwise_conv2d_fours.hpp"
#include "mirim/offers/short_rescale.hpp"

namespace mirim {

namespace {

std::size_t at(std::int32_t index) { return static_cast<std::size_t>(index); }

std::uint32_t halves(std::int32_t low, std::int32_t high) {
  return (static_cast<std::uint32_t>(low) & 0xffff) | static_cast<std::uint32_t>(high) << 16;
}

}  // namespace

DepthwiseFoursPack pack_depthwise_fours(const DepthwiseLayer& layer) {
  require_layer(layer);
  if (layer.outputs % 4 != 0) fail("{} depthwise filters are no multiple of 4", layer.outputs);
  const std::int32_t taps = layer.filter_height * layer.filter_width;
  const auto group = at(micro::depthwise_four_words(taps));
  if (layer.hollow) return {.size = group * at(layer.outputs / 4)};
  DepthwiseFoursPack pack{.words = std::vector<std::uint32_t>(group * at(layer.outputs / 4))};
  for (std::int32_t o = 0; o < layer.outputs; ++o) {
    SumRange range;
    std::int64_t sum = 0;
    const auto weight = [&](std::int32_t tap) { return std::int32_t{layer.weights[at(tap * layer.outputs + o)]}; };
    for (std::int32_t tap = 0; tap < taps; ++tap) {
      range.add(weight(tap));
      sum += weight(tap);
    }
    const std::int64_t bias = (layer.bias.empty() ? 0 : layer.bias[at(o)]) + sum * layer.input_offset;
    const std::size_t scale = at(o * layer.multiplier_stride);
    const ShortChannel channel = short_channel(bias, range, layer.multiplier[scale], layer.shift[scale]);
    if (!channel.refusal.empty()) return {.refusal = fmt::format("output {}: {}", o, channel.refusal)};
    std::uint32_t* const words = pack.words.data() + group * at(o / 4);
    const std::int32_t k = o % 4;
    // The kernel adds the offset to each input.
    const std::int64_t start = channel.bias - (channel.constant ? 0 : sum * layer.input_offset);
    words[k] = static_cast<std::uint32_t>(2 * start);
    for (std::int32_t tap = 0; tap < taps && !channel.constant; ++tap) {
      const std::int32_t twice = 2 * weight(tap);
      words[4 + 2 * tap + k % 2] |= k < 2 ? halves(twice, 0) : halves(0, twice);
    }
    words[4 + 2 * taps + 2 * k] = static_cast<std::uint32_t>(channel.multiplier);
    words[4 + 2 * taps + 2 * k + 1] = static_cast<std::uint32_t>(channel.right);
  }
  pack.size = pack.words.size();
  return pack;
}

}  // namespace mirim
