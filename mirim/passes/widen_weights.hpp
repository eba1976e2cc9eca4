#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Gives layers of float activations their int8 or int4 weights (dynamic range) as the float32 numbers that these stand
/// for. The activations are then no longer rounded to 8 bits within the layer.
void widen_weights(Graph& graph);

}  // namespace mirim
