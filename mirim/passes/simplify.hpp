#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Drops DROPOUT nodes: at inference they are the identity.
void remove_dropout(Graph& graph);

/// Computes every node whose operands are all constants, or of which only the shape matters (SHAPE), once and for all.
/// Nodes with variables, or whose result would take more than 16 MiB, stay.
void fold_constants(Graph& graph);

/// Drops nodes of whose results nothing reaches an output of the graph, and values that nothing uses.
void eliminate_dead_nodes(Graph& graph);

}  // namespace mirim
