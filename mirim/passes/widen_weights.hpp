#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Converts int8 or int4 weights of layers with float activations (dynamic range) to float32. The layer then no longer
/// rounds its activations to 8 bits.
void widen_weights(Graph& graph);

}  // namespace mirim
