#pragma once

#include <compare>
#include <vector>

#include "mirim/explore/candidate.hpp"
#include "mirim/explore/sensitivity.hpp"

namespace mirim {

/// A place in the space: an index into each list of strengths.
struct Levels {
  int channels = 0;  ///< into Space's channel shares
  int sparsity = 0;  ///< into kSparsities
  int clusters = 0;  ///< into kClusters
  int bits = 0;      ///< into kBits

  auto operator<=>(const Levels&) const = default;
};

/// The candidates that a search may try. Weights of 4 or 2 bits have at most 15 values already, so they are not
/// clustered.
class Space {
 public:
  /// `channel_shares` ascending, at least one.
  Space(std::vector<double> channel_shares, std::vector<Sensitivity> layers)
      : channel_shares_(std::move(channel_shares)), layers_(std::move(layers)) {}

  /// All layers at these levels, but for those that suffer: a layer that alone loses more than 1 point and more than
  /// twice the median of all layers at a level has the level below.
  Candidate at(const Levels& levels) const;

  /// The first `count` of the whole space, in an order in which any first few span much of it.
  std::vector<Levels> grid(std::size_t count) const;

  /// One level up or down of one strength; those that compress more first.
  std::vector<Levels> neighbours(const Levels& levels) const;

  /// All strengths at their ends.
  Levels smallest() const;

 private:
  bool has(const Levels& levels) const;

  std::vector<double> channel_shares_;
  std::vector<Sensitivity> layers_;
};

}  // namespace mirim
