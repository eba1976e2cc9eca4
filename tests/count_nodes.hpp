#pragma once

#include <algorithm>
#include <string_view>

#include "mirim/graph/graph.hpp"

namespace mirim::test {

/// How many nodes of the graph have this operator.
inline int count_nodes(const Graph& graph, std::string_view op) {
  return static_cast<int>(std::ranges::count_if(graph.nodes, [&](const Node& node) { return node.op.name() == op; }));
}

}  // namespace mirim::test
