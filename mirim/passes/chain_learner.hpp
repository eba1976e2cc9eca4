#pragma once

#include "mirim/graph/graph.hpp"
#include "mirim/passes/learn_on_device.hpp"

namespace mirim {

/// Makes a Markov chain (zoo/layers/markov.hpp) one that goes on counting: the chances of its contexts become a
/// float32 variable, and so does how many symbols each has seen, n, `seen` at first. The graph gets two inputs more,
/// `target`, int32[1], the symbol that came next, and `learn`, a bool: with true it answers, and then the chances p of
/// this context move to what was seen, p += (1 of the symbol, 0 of others - p) / (n + 1). Contexts stay those that the
/// chain has. Throws Unsupported for a graph that is none.
void learn_chain_on_device(Graph& graph, const LearnOnDevice& how);

}  // namespace mirim
