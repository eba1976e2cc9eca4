#include "mirim/offers/conv2d_paired_pack.hpp"

#include <fmt/format.h>

#include "mirim/base/error.hpp"
#include "mirim/micro/conv2d_paired.hpp"
#include "mirim/offers/lane.hpp"
#include "mirim/offers/short_rescale.hpp"

namespace mirim {

namespace {

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

 private:
  const PairedLayer& layer_;
  std::vector<bool> silent_;
};

}  // namespace

PairedPack pack_conv2d_paired(const PairedLayer& layer, int tile_filters) {
  const std::size_t scales = layer.multiplier_stride == 0 ? 1 : at(layer.filters);
  if (layer.filters < 1 || layer.size < 1 || layer.rows < 1 || layer.size % layer.rows != 0 ||
      (!layer.hollow && layer.weights.size() != at(layer.filters) * at(layer.size)) ||
      (!layer.bias.empty() && layer.bias.size() != at(layer.filters)) || layer.multiplier.size() < scales ||
      layer.shift.size() < scales || (tile_filters != 4 && tile_filters != 2)) {
    fail("{} filters of {} weights: {} weights, {} biases and {} scales do not make a layer in tiles of {}",
         layer.filters, layer.size, layer.weights.size(), layer.bias.size(), layer.multiplier.size(), tile_filters);
  }
  if (layer.hollow) {
    const std::size_t steps = at((layer.size + 3) / 4 * 2), tile = at(tile_filters);
    const std::size_t blocks = at((layer.filters + tile_filters - 1) / tile_filters);
    return {.size = blocks * (steps * (tile / 2) + 2 * tile + 1), .chunk = static_cast<std::int32_t>(steps)};
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
  PairedPack pack{.chunk = largest_lane_chunk(layer.filters, weights.steps(), weights)};
  for (std::int32_t first = 0; first < layer.filters; first += tile_filters) {
    for (std::int32_t step = 0; step < weights.steps(); ++step) {
      const std::int32_t k = first_k_of_step(step);
      for (std::int32_t filter = first; filter < first + tile_filters; filter += 2) {
        for (const std::int32_t each : {k, k + 2}) {
          if (!fits_lane(weights(filter, each), weights(filter + 1, each))) {
            return {.refusal = fmt::format("filter {}: weight {} is -128 beside a negative one of filter {}",
                                           filter + 1, each, filter)};
          }
        }
        pack.words.push_back(two_in_lanes(weights, filter, k));
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
  pack.size = pack.words.size();
  return pack;
}

}  // namespace mirim
