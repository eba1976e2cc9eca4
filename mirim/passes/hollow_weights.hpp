#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Makes the float weights of convolutions and fully connected layers hollow (graph/hollow.hpp), so that planning the
/// graph takes no longer for a large network than for a small one. What is known of their numbers (WeightForm) goes
/// too.
void hollow_weights(Graph& graph);

}  // namespace mirim
