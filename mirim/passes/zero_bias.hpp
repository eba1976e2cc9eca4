#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Gives every float convolution without a bias one of zeros: LiteRT refuses CONV_2D without one, and TensorFlow Lite
/// Micro reads DEPTHWISE_CONV_2D's unchecked.
void add_zero_biases(Graph& graph);

/// The reverse, only before BATCH_NORM, which cancels any bias: zeros there need no training.
void remove_zero_biases(Graph& graph);

}  // namespace mirim
