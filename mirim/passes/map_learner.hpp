#pragma once

#include "mirim/graph/graph.hpp"
#include "mirim/passes/learn_on_device.hpp"

namespace mirim {

/// Makes a codebook (zoo/layers/codebook.hpp) one that goes on learning as a self-organizing map. Its vectors become a
/// float32 variable, and so do -|c|^2 / 2 of each, which follow without a second look at the vectors. The graph gets
/// two inputs more, `part`, float32[1], by which the rate is multiplied (1: as compiled), and `learn`, a bool: with
/// true it answers and then moves the units to the sample. Throws Unsupported for a graph that is no codebook, Error
/// for units that are no grid of these columns.
void learn_map_on_device(Graph& graph, const LearnOnDevice& how);

}  // namespace mirim
