#pragma once

#include "mirim/compress/kmeans.hpp"
#include "mirim/graph/graph.hpp"

namespace mirim {

struct ClusterOptions {
  /// Of the whole tensor, or of each row. Zeros are kept where the weights' form says that they are sparse, asked for
  /// or not. `importance` is in the order of the constant's elements.
  KMeansOptions kmeans{};
  bool per_row = false;  ///< a codebook for each index of the output axis
  int axis = 0;          ///< of the outputs, where the weights have no form yet that says it
};

/// What became of the weights.
struct Clustered {
  std::int64_t centroids = 0;  ///< different values now; with per_row the most of any row
  double inertia = 0;          ///< importance * squared change, summed
};

/// Replaces the numbers of a float32 constant by their centroids and says so in its form (WeightForm::codebook). On a
/// grid the centroids are rounded to different integers of it, and each weight takes the nearest of them.
///
/// Throws Error, with the value's name, when it is no float32 constant, when kmeans does, when a grid has fewer
/// integers than there are centroids, and for one codebook over a grid of several scales: on it the same integer is
/// another number in each row.
Clustered cluster(Graph& graph, ValueId weights, const ClusterOptions& options);

}  // namespace mirim
