#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// A network as columns of units from left to right, for a drawing: what matters of a graph at one glance.
struct NetworkSketch {
  struct Column {
    std::string op;      ///< of the layer, "CONV_2D"; "" for the input
    std::int64_t units;  ///< the last axis of what the layer answers; all elements of the input
  };
  std::vector<Column> columns{};             ///< [0] is the input; layers side by side share one
  std::vector<std::pair<int, int>> skips{};  ///< columns whose answers meet in one operator, at least two apart
};

/// A column for each layer: an operator with constant weights, a product of two results, a pooling, a loop.
NetworkSketch sketch(const Graph& graph);

}  // namespace mirim
