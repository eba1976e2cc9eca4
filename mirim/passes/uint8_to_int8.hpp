#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Makes int8 layers of the uint8 layers of old files, where that keeps every bit: activations and zero points less
/// 128. Devices have faster kernels for int8. Inputs and outputs of the graph keep their type; a QUANTIZE, which then
/// only flips the highest bit, stands between the types.
///
/// A layer stays as it is in these cases.
///   - Its weights less their zero point leave int8, which has no zero point for weights.
///   - Its results are rounded otherwise: FULLY_CONNECTED mostly, averages of an even number of pixels. Operators that
///     are not known to treat both types alike are tried out, on both sides of each step of the result.
///   - The multiplications that get faster do not pay for the elements to be converted.
void uint8_to_int8(Graph& graph);

}  // namespace mirim
