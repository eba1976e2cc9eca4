#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Expands the activations that TFLite lacks into its operators, without overflow for any finite x:
///   STEP      CAST(GREATER(x, 0))
///   SWISH     x * LOGISTIC(x)
///   SOFTPLUS  RELU(x) + LOG(1 + EXP(-|x|)), where -|x| = MINIMUM(x, NEG(x))
///   SOFTSIGN  x / (1 + |x|), where |x| = MAXIMUM(x, NEG(x))
///   MISH      x * TANH(softplus(x))
///   SELU      1.0507 * RELU(x) + 1.7581 * ELU(MINIMUM(x, 0))
/// Results differ by rounding only. The last new node has the result and its name.
void expand_activations(Graph& graph);

}  // namespace mirim
