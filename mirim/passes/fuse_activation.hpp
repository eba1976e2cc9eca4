#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Fuses a RELU or RELU6 into the operator before it, if that can have a fused activation and has no other reader.
/// Exact.
void fuse_activation(Graph& graph);

}  // namespace mirim
