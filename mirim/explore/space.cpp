#include "mirim/explore/space.hpp"

#include <algorithm>
#include <functional>

namespace mirim {
namespace {

/// The lower one of the two in the middle: of two layers, one that suffers is seen.
double median(std::vector<double> numbers) {
  if (numbers.empty()) return 0;
  const auto middle = numbers.begin() + static_cast<std::ptrdiff_t>((numbers.size() - 1) / 2);
  std::ranges::nth_element(numbers, middle);
  return *middle;
}

/// Whether each layer suffers more than the others, by what it loses.
std::vector<bool> suffers(const std::vector<Sensitivity>& layers, const std::function<double(const Sensitivity&)>& of) {
  constexpr double kPoints = 1, kTimes = 2;
  std::vector<double> losses;
  for (const Sensitivity& layer : layers) losses.push_back(of(layer));
  const double most = std::max(kPoints, kTimes * median(losses));
  std::vector<bool> result;
  for (const double loss : losses) result.push_back(loss > most);
  return result;
}

}  // namespace

Candidate Space::at(const Levels& levels) const {
  const auto s = static_cast<std::size_t>(levels.sparsity), c = static_cast<std::size_t>(levels.clusters),
             b = static_cast<std::size_t>(levels.bits);
  Candidate candidate{.channels = channel_shares_[static_cast<std::size_t>(levels.channels)],
                      .sparsity = kSparsities[s],
                      .clusters = kClusters[c],
                      .bits = kBits[b]};
  const auto sparse = suffers(layers_, [&](const Sensitivity& layer) { return layer.sparsity[s]; });
  const auto shared = suffers(layers_, [&](const Sensitivity& layer) { return layer.clusters; });
  const auto coarse = suffers(layers_, [&](const Sensitivity& layer) { return layer.bits[b]; });
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    LayerMix mix;
    if (s > 0 && sparse[i]) mix.sparsity = kSparsities[s - 1];
    if (c > 0 && shared[i]) mix.clusters = kClusters[c - 1];
    if (b > 0 && coarse[i]) mix.bits = kBits[b - 1];
    if (mix != LayerMix{}) candidate.layers[layers_[i].layer] = mix;
  }
  return candidate;
}

std::vector<Levels> Space::grid(std::size_t count) const {
  // An order in which any first few span much; then all others.
  std::vector<Levels> mixes = {{.sparsity = 0},
                               {.sparsity = 2, .clusters = 3},
                               {.sparsity = 2, .bits = 1},
                               {.bits = 1},
                               {.sparsity = 3, .clusters = 3},
                               {.sparsity = 1},
                               {.sparsity = 3, .bits = 1},
                               {.sparsity = 1, .bits = 2}};
  for (int sparsity = 0; sparsity < std::ssize(kSparsities); ++sparsity) {
    for (int clusters = 0; clusters < std::ssize(kClusters); ++clusters) {
      for (int bits = 0; bits < std::ssize(kBits); ++bits) {
        const Levels mix{.sparsity = sparsity, .clusters = clusters, .bits = bits};
        if (has(mix) && std::ranges::find(mixes, mix) == mixes.end()) mixes.push_back(mix);
      }
    }
  }
  std::vector<Levels> all;
  for (Levels mix : mixes) {
    for (mix.channels = 0; mix.channels < std::ssize(channel_shares_); ++mix.channels) {
      if (all.size() < count) all.push_back(mix);
    }
  }
  return all;
}

std::vector<Levels> Space::neighbours(const Levels& levels) const {
  std::vector<Levels> all;
  for (const int step : {1, -1}) {
    for (int Levels::*strength : {&Levels::channels, &Levels::sparsity, &Levels::clusters, &Levels::bits}) {
      Levels next = levels;
      next.*strength += step;
      if (has(next)) all.push_back(next);
    }
  }
  return all;
}

Levels Space::smallest() const {
  return {static_cast<int>(channel_shares_.size()) - 1, static_cast<int>(kSparsities.size()) - 1, 0,
          static_cast<int>(kBits.size()) - 1};
}

bool Space::has(const Levels& levels) const {
  const auto within = [](int level, std::size_t count) { return level >= 0 && level < static_cast<int>(count); };
  return within(levels.channels, channel_shares_.size()) && within(levels.sparsity, kSparsities.size()) &&
         within(levels.clusters, kClusters.size()) && within(levels.bits, kBits.size()) &&
         (levels.clusters == 0 || levels.bits == 0);
}

}  // namespace mirim
