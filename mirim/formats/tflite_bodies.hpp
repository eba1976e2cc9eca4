#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Sets what each STABLEHLO_REDUCE_WINDOW and STABLEHLO_SCATTER puts two elements together with: a file says it by a
/// graph of one operator or none. A node whose graph computes anything else becomes Opaque.
void read_reduce_bodies(Model& model);

/// Adds such a graph for each of them that has none: of a model that was not read from a file, or is only one graph of
/// it.
void add_reduce_bodies(Model& model);

}  // namespace mirim
