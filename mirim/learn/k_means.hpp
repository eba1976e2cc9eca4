#pragma once

#include <cstdint>
#include <vector>

#include "mirim/base/random.hpp"
#include "mirim/learn/rows.hpp"

namespace mirim {

struct Clusters {
  Rows centres{};
  double inertia = 0;  ///< sum over the samples of the squared distance to the nearest centre
};

/// Lloyd's k-means on rows of numbers, begun by k-means++ (Arthur and Vassilvitskii, 2007). There are at least as many
/// samples as clusters.
Clusters cluster_rows(const Rows& x, std::int64_t clusters, std::int64_t rounds, Random& random);

/// The constants of an rbf layer (mirim/zoo/layers/rbf.hpp).
struct RbfLayer {
  ValueId input = kNoValue;
  ValueId centres = kNoValue;  ///< [units, features]
  ValueId offsets = kNoValue;  ///< [units]
  ValueId reach = kNoValue;    ///< [units, 1]
  std::int64_t units = 0;
  std::int64_t features = 0;
};

/// The first layer of this kind. Throws Error if there is none.
RbfLayer rbf_layer(const Graph& graph);

/// Its units become exp(-|x - centre|^2 / (2 width^2)).
void set_rbf(Graph& graph, const RbfLayer& layer, const Rows& centres, const std::vector<float>& widths);

}  // namespace mirim
