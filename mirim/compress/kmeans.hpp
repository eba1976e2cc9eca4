#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace mirim {

/// Where k-means begins. k: clusters; min, max: of the weights.
enum class Start {
  linear,    ///< min + i * (max - min) / (k - 1): keeps the large weights, as Deep Compression found best
  density,   ///< where the cumulative importance reaches (i + 0.5) / k of all, no value counting more than 1 / k
  plus_plus  ///< k-means++: values drawn by importance times squared distance from those drawn before
};

struct KMeansOptions {
  std::int64_t clusters = 16;
  Start start = Start::linear;
  /// Where some weights are 0, one centroid is exactly 0 and just these belong to it; another whose mean would be 0
  /// is the member nearest to 0.
  bool keep_zero = false;
  /// How much each weight counts, for example its gradient's square; empty, or all 0: each counts 1. A weight that
  /// counts 0 moves no centroid and belongs to the nearest one.
  std::span<const float> importance{};
  int iterations = 300;    ///< at most
  std::uint64_t seed = 1;  ///< of plus_plus
};

struct KMeans {
  std::vector<double> centroids{};    ///< sorted; each has members
  std::vector<std::int32_t> index{};  ///< of each weight's centroid
  double inertia = 0;                 ///< sum of importance * (weight - centroid)^2
};

/// Weight sharing: the weights in `clusters` groups, each with the mean of its members as centroid, found by Lloyd's
/// iterations until no weight changes its group (Han, Mao and Dally: Deep Compression, 2016, section 3). A weight
/// halfway between two centroids belongs to the lower one. Weights with no more different values than clusters have
/// these as their centroids.
///
/// A group that runs empty gets the value farthest from its centroid, but never the last of another group; several get
/// the farthest ones in turn, as in scikit-learn. Groups still empty at the end are left out.
///
/// Equal values are one value that counts for all. Sorted once, every group is a run of values and its mean is read
/// from prefix sums: an iteration costs clusters * log(values). The same input gives the same bits.
///
/// Throws Error when there are more clusters than weights, fewer than 1 (2 with a zero to keep and other weights),
/// when a weight is no finite number or an importance is negative, or when options do not fit.
KMeans kmeans(std::span<const float> weights, const KMeansOptions& options);

}  // namespace mirim
