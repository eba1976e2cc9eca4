#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Merges a PAD into the CONV_2D or DEPTHWISE_CONV_2D with VALID padding that is its only reader, as SAME padding, if
/// that puts the same zeros in the same places. Exact, also for integers, whose zeros are the zero point.
void fuse_pad(Graph& graph);

}  // namespace mirim
