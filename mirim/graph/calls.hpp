#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// The graphs of the model that an operator runs (IF, WHILE, CALL_ONCE): the values of its options whose names end with
/// subgraph_index or subgraph_indices.
std::vector<std::int32_t> called_graphs(const Op& op);

/// The graph that a STABLEHLO_COMPOSITE is made of: an operator of a name that some runtime has a fast kernel for, with
/// a decomposition into plain ones that gives the same. Nothing for other operators.
std::optional<std::int32_t> composite_graph(const Op& op);

/// Makes graph `a` number `b` of the model and the other way round; the calls and the signatures follow.
void swap_graphs(Model& model, std::size_t a, std::size_t b);

/// Errors in the calls between a model's graphs, one line each: a graph that does not exist, or one that ends up
/// running itself.
std::vector<std::string> check_calls(const Model& model);

}  // namespace mirim
