#pragma once

#include <vector>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// By node: whether it has a part in how long a loop (mirim/graph/scopes.hpp) goes on. Rounding there could make the
/// loop end early, or never.
std::vector<char> nodes_in_loop_conditions(const Graph& graph);

}  // namespace mirim
