#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Gives every float convolution without a bias one of zeros: LiteRT refuses CONV_2D without, and TensorFlow Lite Micro
/// reads DEPTHWISE_CONV_2D's unasked.
void add_zero_biases(Graph& graph);

/// The reverse, in front of BATCH_NORM only, which takes any bias away again: a bias of zeros there is none to train.
void remove_zero_biases(Graph& graph);

}  // namespace mirim
