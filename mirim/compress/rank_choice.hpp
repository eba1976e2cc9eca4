#pragma once

#include <cstdint>
#include <vector>

#include "mirim/compress/tucker.hpp"

namespace mirim {

/// What a layer can become.
enum class Pieces {
  one,   ///< it stays
  two,   ///< SVD: the layer with `rank` outputs, then a 1x1 convolution or FULLY_CONNECTED to its own
  three  ///< Tucker-2 of a convolution: 1x1 to `rank_in` channels, the filter to `rank`, 1x1 to its outputs
};

/// What the costs of a layer follow from, beside its kernel.
struct LayerSizes {
  std::int64_t outputs = 0, places = 0, channels = 0;
  std::int64_t pixels_in = 0;   ///< of the input, all images together; for FULLY_CONNECTED its rows
  std::int64_t pixels_out = 0;  ///< of the output
  std::int64_t bias = 0;        ///< how many numbers it has
};

struct RankCandidate {
  Pieces pieces = Pieces::one;
  std::int64_t rank = 0;
  std::int64_t rank_in = 0;  ///< of three pieces
  std::int64_t macs = 0;
  std::int64_t parameters = 0;
  double loss = 0;  ///< share of the kernel's energy (sum of squares) left out; of three pieces a bound from above
};

/// Its costs; the loss is 0.
RankCandidate candidate(const LayerSizes& sizes, Pieces pieces, std::int64_t rank, std::int64_t rank_in);

/// The layer as it is, and then all ranks of two pieces and a path through those of three (from the full ranks on,
/// always lowering the one that loses less energy for each multiplication saved) that take fewer multiplications.
std::vector<RankCandidate> candidates(const Kernel& kernel, const LayerSizes& sizes, bool two, bool three);

/// The candidate with the fewest multiplications that keeps `share` of the energy. 1 means all but what the rounding
/// of float32 weights leaves.
RankCandidate keep_energy(const std::vector<RankCandidate>& layer, double share);

/// One candidate of each layer, so that together they cost at most `budget` and the sum of their losses is small: from
/// the cheapest loss for each number saved on, along each layer's convex hull, the best there is but for the last step;
/// what that saves too much is given back. Costs are macs or, with `parameters`, parameters. Empty when even the
/// cheapest candidates cost more.
std::vector<RankCandidate> keep_budget(const std::vector<std::vector<RankCandidate>>& layers, std::int64_t budget,
                                       bool parameters);

}  // namespace mirim
