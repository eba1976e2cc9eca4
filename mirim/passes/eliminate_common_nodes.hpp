#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Keeps the first of nodes with the same operator, operands and result types. Exact.
void eliminate_common_nodes(Graph& graph);

}  // namespace mirim
