#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// A RELU or RELU6 that alone reads the result of an operator with a free fused activation becomes that activation:
/// kernels clamp on their way out. Exact.
void fuse_activation(Graph& graph);

}  // namespace mirim
