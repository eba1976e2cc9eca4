#include "mirim/offers/conv2d_paired_pack.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/micro/conv2d_paired.hpp"
#include "mirim/offers/short_rescale.hpp"

namespace mirim {

namespace {

// A pair's second filter is read from bits 8 to 31 of a sum.
constexpr std::int64_t kLaneSums = std::int64_t{1} << 23;

std::size_t at(std::int32_t index) { return static_cast<std::size_t>(index); }

/// The layer as rows of whole fours, with 0 where it has no filter or no weight, and for filters that are silenced.
class PaddedWeights {
 public:
  explicit PaddedWeights(const PairedLayer& layer) : layer_(layer), silent_(at(layer.filters)) {}
  void silence(std::int32_t filter) { silent_[at(filter)] = true; }
  std::int32_t operator()(std::int32_t filter, std::int32_t k) const {
    if (filter >= layer_.filters || silent_[at(filter)]) return 0;
    const std::int32_t place = micro::paired_weight_at(layer_.rows, layer_.size / layer_.rows, k);
    return place < 0 ? 0 : layer_.weights[at(filter * layer_.size + place)];
  }
  std::int32_t steps() const { return (layer_.size + 3) / 4 * 2; }
  /// The two k of a step: of four, the even ones, then the odd ones.
  static std::int32_t first_k(std::int32_t step) { return step / 2 * 4 + step % 2; }

 private:
  const PairedLayer& layer_;
  std::vector<bool> silent_;
};

bool fits_lane(const PaddedWeights& weights, std::int32_t filter, std::int32_t chunk) {
  for (std::int32_t begin = 0; begin < weights.steps(); begin += chunk) {
    SumRange range;
    for (std::int32_t step = begin; step < std::min(begin + chunk, weights.steps()); ++step) {
      const std::int32_t k = PaddedWeights::first_k(step);
      range.add(weights(filter, k));
      range.add(weights(filter, k + 2));
    }
    if (range.least < -kLaneSums || range.most >= kLaneSums) return false;
  }
  return true;
}

std::int32_t largest_chunk(const PairedLayer& layer, const PaddedWeights& weights) {
  for (std::int32_t chunks = 1;; ++chunks) {
    const std::int32_t chunk = (weights.steps() + chunks - 1) / chunks;
    bool fits = true;
    for (std::int32_t filter = 1; fits && filter < layer.filters; filter += 2) fits = fits_lane(weights, filter, chunk);
    if (fits) return chunk;
  }
}

std::uint32_t lane(std::int32_t first, std::int32_t second) {
  return static_cast<std::uint32_t>(second * 256 + first) & 0xffff;
}

}  // namespace

PairedPack pack_conv2d_paired(const PairedLayer& layer, int tile_filters) {
  const std::size_t scales = layer.multiplier_stride == 0 ? 1 : at(layer.filters);
  if (layer.filters < 1 || layer.size < 1 || layer.rows < 1 || layer.size % layer.rows != 0 ||
      layer.weights.size() != at(layer.filters) * at(layer.size) ||
      (!layer.bias.empty() && layer.bias.size() != at(layer.filters)) || layer.multiplier.size() < scales ||
      layer.shift.size() < scales || (tile_filters != 4 && tile_filters != 2)) {
    fail("{} filters of {} weights: {} weights, {} biases and {} scales do not make a layer in tiles of {}",
         layer.filters, layer.size, layer.weights.size(), layer.bias.size(), layer.multiplier.size(), tile_filters);
  }
  PaddedWeights weights(layer);
  std::vector<ShortChannel> finish(at((layer.filters + tile_filters - 1) / tile_filters * tile_filters));
  for (std::int32_t filter = 0; filter < layer.filters; ++filter) {
    SumRange range;
    std::int64_t sum = 0;
    for (std::int32_t k = 0; k < 2 * weights.steps(); ++k) {
      range.add(weights(filter, k));
      sum += weights(filter, k);
    }
    const std::int64_t bias = (layer.bias.empty() ? 0 : layer.bias[at(filter)]) + sum * layer.input_offset;
    const std::size_t scale = at(filter * layer.multiplier_stride);
    ShortChannel& channel = finish[at(filter)];
    channel = short_channel(bias, range, layer.multiplier[scale], layer.shift[scale]);
    if (!channel.refusal.empty()) return {.refusal = fmt::format("filter {}: {}", filter, channel.refusal)};
    if (channel.constant) weights.silence(filter);
  }
  PairedPack pack{.chunk = largest_chunk(layer, weights)};
  for (std::int32_t first = 0; first < layer.filters; first += tile_filters) {
    for (std::int32_t step = 0; step < weights.steps(); ++step) {
      const std::int32_t k = PaddedWeights::first_k(step);
      for (std::int32_t filter = first; filter < first + tile_filters; filter += 2) {
        for (const std::int32_t each : {k, k + 2}) {
          if (weights(filter + 1, each) == -128 && weights(filter, each) < 0) {
            return {.refusal = fmt::format("filter {}: weight {} is -128 beside a negative one of filter {}",
                                           filter + 1, each, filter)};
          }
        }
        pack.words.push_back(lane(weights(filter, k), weights(filter + 1, k)) |
                             lane(weights(filter, k + 2), weights(filter + 1, k + 2)) << 16);
      }
    }
    std::uint32_t rights = 0;
    for (int f = 0; f < tile_filters; ++f) {
      pack.words.push_back(static_cast<std::uint32_t>(2 * finish[at(first + f)].bias));
      rights |= static_cast<std::uint32_t>(finish[at(first + f)].right) << (8 * f);
    }
    for (int f = 0; f < tile_filters; ++f) {
      pack.words.push_back(static_cast<std::uint32_t>(finish[at(first + f)].multiplier));
    }
    pack.words.push_back(rights);
  }
  return pack;
}

}  // namespace mirim
