#pragma once

#include <string>
#include <vector>

#include "mirim/graph/graph.hpp"
#include "mirim/passes/quantize.hpp"

namespace mirim {

/// Why a graph has no nominal int8 form, or "".
std::string why_not_int8(const Graph& graph);

/// The int8 graph that `mirim quantize` would make of a float one, with scales that no data has given: the operators,
/// shapes, types and hence the memory are the same, the numbers are not. Batch norm is folded, activations are fused,
/// an image of 8 bits is taken as it is. Its weights are hollow (graph/hollow.hpp), so that a large network takes no
/// longer than a small one. Returns what stays float. Throws Error as `quantize`, and with what `why_not_int8` says.
std::vector<StaysFloat> make_nominal_int8(Graph& graph);

}  // namespace mirim
