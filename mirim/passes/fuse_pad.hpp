#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Merges a PAD into the CONV_2D or DEPTHWISE_CONV_2D with VALID padding that alone reads it, as SAME padding, where
/// that puts the same zeros at the same places. Exact, for integers too, whose zeros are the zero point.
void fuse_pad(Graph& graph);

}  // namespace mirim
