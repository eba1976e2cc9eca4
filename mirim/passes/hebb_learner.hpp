#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Makes a Hopfield network (zoo/layers/hopfield.hpp) one that keeps patterns on its device by Hebb's rule: its
/// couplings become float32 variables. The graph gets two inputs more, `part`, float32[1], how often the pattern
/// counts (1; -1 forgets one that was kept), and `learn`, a bool: with true it answers the input and then keeps it.
/// Throws Unsupported for a graph that is none, for couplings that are not whole numbers, as those by projection and
/// of an integer model, and where a block of units hears an odd number of others: their sign would then depend on how
/// many patterns there are.
void learn_patterns_on_device(Graph& graph);

}  // namespace mirim
