#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Fills what other tools want to find in a .tflite file and mirim itself does not need:
///   - Names: each tensor has one of its own. Of several with one name the inputs and outputs keep it, then the first;
///     the others get _1, _2, ... A tensor without a name becomes "tensor".
///   - RESHAPE's `new_shape` is the shape of its result (tf2onnx reads nothing else).
///   - A main graph without a signature: "serving_default", with the names of the inputs and outputs (LiteRT's
///   signature
///     runner, litert-quantizer).
void complete_tflite(Model& model);

/// The part about names, for one graph.
void give_unique_names(Graph& graph);

}  // namespace mirim
