#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Makes one LOOKUP_TABLE of 256 bytes of every chain that computes an int8 element from one int8 element: float
/// activations between a DEQUANTIZE and a QUANTIZE, and sequences of elementwise int8 operators, also with constants of
/// one number. A lone unary operator stays: its kernel is already a table. Exact by construction: the host's own
/// operators fill the table with all 256 values.
void tabulate(Graph& graph);

}  // namespace mirim
