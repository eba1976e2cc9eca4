#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// The float model as a runtime wants it: batch norm, and every MUL and ADD by constants behind a layer with weights,
/// folded into the weights; activations and paddings fused into the layers; constants computed; nothing of training
/// left. Signatures and metadata stay. Throws Error for a model that is not float.
Model fold(Model model);

}  // namespace mirim
