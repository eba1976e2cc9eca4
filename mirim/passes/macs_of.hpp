#pragma once

#include <cstdint>

#include "mirim/graph/graph.hpp"
#include "mirim/passes/loop_rounds.hpp"

namespace mirim {

/// Multiply-accumulates of one run of the graph. A loop whose rounds depend on the input counts once.
inline std::int64_t macs_of(const Graph& graph) {
  const std::vector<std::optional<std::int64_t>> runs = runs_of_nodes(graph);
  std::int64_t macs = 0;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    macs += runs[n].value_or(1) * node.op.cost(Types(operands(graph, node.inputs))).macs;
  }
  return macs;
}

}  // namespace mirim
