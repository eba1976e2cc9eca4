#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Undoes expand_activations: the exact operators that STEP, SWISH, SOFTPLUS, SOFTSIGN, MISH or SELU expands to become
/// that one operator again. x * LOGISTIC(x) of any other tool becomes SWISH too. So further training uses one gradient,
/// and quantization makes one table instead of several roundings. Patterns whose intermediate values are read elsewhere
/// stay.
void contract_activations(Graph& graph);

}  // namespace mirim
