#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Spells float operators that have no integer kernel by others that have one. Results are equal but for rounding.
/// - FULLY_CONNECTED with weights computed at run time is BATCH_MATMUL between RESHAPEs, and an ADD of the bias.
/// - NEG(x) is MUL(x, -1).
/// - SQUARE(x) is MUL(x, x).
/// - CAST of bool to float is SELECT_V2(x, 1, 0).
/// - CAST of float to bool is NOT_EQUAL(x, 0).
/// - SELECT of equal shapes is SELECT_V2, which TFLite Micro has.
/// For `prepare_for_quantization`.
void spell_for_integers(Graph& graph);

}  // namespace mirim
