#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "mirim/compress/prune.hpp"
#include "mirim/data/dataset.hpp"
#include "mirim/recipe/verb.hpp"

/// Mixed precision: which layers' weights can have few bits.
namespace mirim {

/// The choices of a layer, from the most bits to the fewest.
inline constexpr std::array<int, 3> kBitsOfLayers = {8, 4, 2};

struct LayerBits {
  std::string layer{};
  std::int64_t weights = 0;
  /// What the loss rises by when this layer alone is rounded, for each of kBitsOfLayers.
  std::array<double, 3> rise{};
  int bits = 8;
};

/// The graph with one layer's weights rounded to a grid of so many bits, each row by the scale of least error; the
/// largest weight's for 8 bits.
Graph with_rounded_layer(Graph graph, const PrunableWeights& weights, int bits);

/// Sets `bits` of the layers, so that the mean over all weights is at most `average`: from 8 bits everywhere, always
/// the change with the least rise of the loss for each bit saved; then, while the budget allows it, back up where that
/// lowers the loss most. Throws Error unless `average` is in [2, 8].
void spread_bits(std::span<LayerBits> layers, double average);

/// The mean number of bits of a weight.
double average_bits(std::span<const LayerBits> layers);

/// Measures each layer of a prepared float graph on at most 1,000 of the samples, and spreads the bits.
std::vector<LayerBits> choose_bits(const Graph& graph, double average, const Subset& samples, const std::string& loss,
                                   const VerbWork& work);

/// A table for people.
std::string bits_text(std::span<const LayerBits> layers);

}  // namespace mirim
