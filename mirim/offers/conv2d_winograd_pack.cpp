#include "mirim/offers/conv2d_winograd_pack.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "mirim/base/error.hpp"
#include "mirim/micro/isa/winograd_blocks.hpp"
#include "mirim/offers/short_rescale.hpp"

namespace mirim {
namespace {

constexpr std::int64_t kMostSum = std::int64_t{1} << 29;

std::size_t at(std::int32_t index) { return static_cast<std::size_t>(index); }

// Three numbers times G.
std::array<std::int32_t, 4> doubled(std::int32_t a, std::int32_t b, std::int32_t c) {
  return {2 * a, a + b + c, a - b + c, 2 * c};
}

using Filter = std::array<std::int32_t, micro::kWinogradPlaces>;

// U of a filter's 3x3 weights of one channel.
Filter transformed(const std::int8_t* weights, std::int32_t step) {
  std::array<std::array<std::int32_t, 4>, 3> rows{};
  for (std::int32_t i = 0; i < 3; ++i) {
    const std::int8_t* row = weights + 3 * i * step;
    rows[at(i)] = doubled(row[0], row[step], row[2 * step]);
  }
  Filter u{};
  for (std::size_t j = 0; j < 4; ++j) {
    const auto column = doubled(rows[0][j], rows[1][j], rows[2][j]);
    for (std::size_t i = 0; i < 4; ++i) u[4 * i + j] = column[i];
  }
  return u;
}

std::uint32_t halves(std::int32_t low, std::int32_t high) {
  return (static_cast<std::uint32_t>(low) & 0xffff) | static_cast<std::uint32_t>(high) << 16;
}

}  // namespace

WinogradPack pack_conv2d_winograd(const PairedLayer& layer) {
  const std::int32_t channels = layer.size / 9;
  const std::size_t scales = layer.multiplier_stride == 0 ? 1 : at(layer.filters);
  if (layer.filters < 1 || layer.filters % micro::kWinogradFilters != 0 || channels < 16 || channels % 16 != 0 ||
      layer.size != 9 * channels || (!layer.hollow && layer.weights.size() != at(layer.filters) * at(layer.size)) ||
      (!layer.bias.empty() && layer.bias.size() != at(layer.filters)) || layer.multiplier.size() < scales ||
      layer.shift.size() < scales) {
    fail("{} filters of {} weights: {} weights, {} biases and {} scales do not make a layer of 3x3 filters",
         layer.filters, layer.size, layer.weights.size(), layer.bias.size(), layer.multiplier.size());
  }
  if (layer.hollow) {
    constexpr std::size_t kFilters = micro::kWinogradFilters;
    const std::size_t block = micro::kWinogradPlaces * at(channels / 2) * kFilters + 2 * kFilters + 1;
    return {.size = at(layer.filters) / kFilters * block};
  }
  std::vector<ShortChannel> finish;
  std::vector<Filter> u;  // of each filter and channel
  for (std::int32_t filter = 0; filter < layer.filters; ++filter) {
    const auto weights = layer.weights.subspan(at(filter * layer.size), at(layer.size));
    SumRange range;
    std::int64_t sum = 0;
    for (const std::int8_t weight : weights) range.add(weight), sum += weight;
    const std::int64_t bias = (layer.bias.empty() ? 0 : layer.bias[at(filter)]) + sum * layer.input_offset;
    const std::size_t scale = at(filter * layer.multiplier_stride);
    finish.push_back(short_channel(bias, range, layer.multiplier[scale], layer.shift[scale]));
    if (!finish.back().refusal.empty()) return {.refusal = fmt::format("filter {}: {}", filter, finish.back().refusal)};
    if (range.least <= -kMostSum || range.most >= kMostSum) {
      return {.refusal = fmt::format("filter {}: four times a sum needs more than 32 bits", filter)};
    }
    for (std::int32_t c = 0; c < channels; ++c) {
      u.push_back(finish.back().constant ? Filter{} : transformed(weights.data() + c, channels));
    }
  }
  WinogradPack pack;
  for (std::int32_t first = 0; first < layer.filters; first += micro::kWinogradFilters) {
    for (std::size_t place = 0; place < micro::kWinogradPlaces; ++place) {
      for (std::int32_t two = 0; two < channels / 2; ++two) {
        const std::int32_t c = two / 2 * 4 + two % 2;  // of four, the even ones, then the odd ones
        for (std::int32_t f = first; f < first + micro::kWinogradFilters; ++f) {
          pack.words.push_back(halves(u[at(f * channels + c)][place], u[at(f * channels + c + 2)][place]));
        }
      }
    }
    std::uint32_t rights = 0;
    for (std::int32_t f = 0; f < micro::kWinogradFilters; ++f) {
      pack.words.push_back(static_cast<std::uint32_t>(2 * finish[at(first + f)].bias));
      rights |= static_cast<std::uint32_t>(finish[at(first + f)].right) << (8 * f);
    }
    for (std::int32_t f = 0; f < micro::kWinogradFilters; ++f) {
      pack.words.push_back(static_cast<std::uint32_t>(finish[at(first + f)].multiplier));
    }
    pack.words.push_back(rights);
  }
  pack.size = pack.words.size();
  return pack;
}

}  // namespace mirim
