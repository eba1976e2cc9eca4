#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Sets what the windows of each STABLEHLO_REDUCE_WINDOW are put together with: a file says it by a graph of one
/// operator. A node whose graph computes anything else becomes Opaque.
void read_reduce_bodies(Model& model);

/// Adds such a graph for each STABLEHLO_REDUCE_WINDOW that has none: of a model that was not read from a file, or is
/// only one graph of it.
void add_reduce_bodies(Model& model);

}  // namespace mirim
