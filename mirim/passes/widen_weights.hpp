#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Converts int8 or int4 weights of layers with float activations (dynamic range) to float32. The layer then no longer
/// rounds its activations to 8 bits.
void widen_weights(Graph& graph);

/// The same only where a scale for each index of another axis than that of the outputs forbids integer sums: onnx2tf
/// gives CONV_2D's weights a scale for each input channel. In all graphs of the model, which must be sound (`examine`).
void widen_weights_of_other_axes(Model& model);

}  // namespace mirim
