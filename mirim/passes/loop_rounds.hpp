#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// By node, how often it runs in one run of the graph: the product of the rounds of the loops around it. Nothing where
/// the rounds of one of them depend on the input. The rounds of a loop are found by running the part of the graph that
/// decides them, at most 100,000 times and
/// a million operations. Both sides of a branch count. The last condition of a loop, which ends it, does
/// not.
std::vector<std::optional<std::int64_t>> runs_of_nodes(const Graph& graph);

}  // namespace mirim
