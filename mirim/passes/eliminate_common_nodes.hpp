#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Of nodes with the same operator, operands and result types keeps the first. Exact.
void eliminate_common_nodes(Graph& graph);

}  // namespace mirim
