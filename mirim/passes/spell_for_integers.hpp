#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Spells float operators that have no integer kernel by others that have one, with the same results but for rounding:
///   FULLY_CONNECTED with weights computed at run time   BATCH_MATMUL between RESHAPEs, and an ADD of the bias
///   NEG(x), SQUARE(x)                                   MUL(x, -1), MUL(x, x)
///   CAST of bool to float                               SELECT_V2(x, 1, 0)
///   CAST of float to bool                               NOT_EQUAL(x, 0)
///   SELECT of equal shapes                              SELECT_V2, which TFLite Micro has
/// For `prepare_for_quantization`.
void spell_for_integers(Graph& graph);

}  // namespace mirim
