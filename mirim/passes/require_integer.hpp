#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Throws Error, with the layer's name, for the first node that reads or makes floats: what a target without float
/// kernels cannot run.
void require_integer(const Graph& graph);

}  // namespace mirim
