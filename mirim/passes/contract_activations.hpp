#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Undoes expand_activations: where a graph holds the very operators that STEP, SWISH, SOFTPLUS, SOFTSIGN, MISH or SELU
/// expands to, it becomes that one operator again; a sigmoid-weighted x * LOGISTIC(x) from any other tool becomes SWISH
/// as well. So training goes on with one gradient, and quantization makes one table instead of several roundings.
/// What is read from within stays.
void contract_activations(Graph& graph);

}  // namespace mirim
