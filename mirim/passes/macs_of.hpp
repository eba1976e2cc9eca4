#pragma once

#include <cstdint>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Multiply-accumulates of one run of the graph.
inline std::int64_t macs_of(const Graph& graph) {
  std::int64_t macs = 0;
  for (const Node& node : graph.nodes) macs += node.op.cost(Types(operands(graph, node.inputs))).macs;
  return macs;
}

}  // namespace mirim
