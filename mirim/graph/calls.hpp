#pragma once

#include <string>
#include <vector>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// The graphs of its model that an operator runs (IF, WHILE, CALL_ONCE): what its options say whose names end with
/// subgraph_index or subgraph_indices.
std::vector<std::int32_t> called_graphs(const Op& op);

/// What is wrong with the calls of a model's graphs, a line each: a graph that is not there, or one that ends up
/// running itself.
std::vector<std::string> check_calls(const Model& model);

}  // namespace mirim
