#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Removes DROPOUT nodes: in inference they are the identity.
void remove_dropout(Graph& graph);

/// Computes every node whose operands are all constants, or of which only the shape is used (SHAPE). Nodes with
/// variables, or with results above 16 MiB, stay.
void fold_constants(Graph& graph);

/// Removes nodes whose results reach no output of the graph, and unused values.
void eliminate_dead_nodes(Graph& graph);

}  // namespace mirim
