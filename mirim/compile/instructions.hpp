#pragma once

#include "mirim/graph/graph.hpp"
#include "mirim/machine/target.hpp"

namespace mirim {

/// About how many instructions one run of a graph takes as int8 on a target's core: an estimate from shapes alone, so a
/// float graph is priced as what it becomes (`prepare_for_quantization` first, if batch norm is still in it). Linear in
/// products, sums, gathered inputs and other operations; the factors are fitted to what QEMU counted layer by layer in
/// MLPerf Tiny's models, where layers of 8 and more channels are within a quarter, a first layer of 3 within two
/// fifths. Throws Error for an operator that mirim lacks.
double estimate_instructions(const Graph& graph, const Target& target);

}  // namespace mirim
