#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// What one layer of a graph costs.
struct LayerSize {
  std::string name;
  std::string op;
  TensorType output{};  ///< of its first result
  std::int64_t parameters = 0;
  std::int64_t weight_bytes = 0;
  Cost cost{};
};

/// Every node in order. A constant that several nodes read counts for the first.
std::vector<LayerSize> layer_costs(const Graph& graph);

/// Elements of all constants that a model learns: weights, biases, scales; no shapes or axes.
std::int64_t parameter_count(const Graph& graph);

}  // namespace mirim
