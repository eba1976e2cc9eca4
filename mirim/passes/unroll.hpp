#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Whether the graph answers a sequence step by step: it keeps state from run to run and reads one step of a sample,
/// which is [steps, ...].
bool reads_steps_of(const Graph& graph, const TensorType& sample);

/// The same network for a whole sequence at once, to train it through time: from a graph with input [1, ...] one with
/// input [1, steps, ...], whose outputs are [1, steps, ...] too. Each step has its own nodes; constants are shared and
/// keep their ids. State begins as after a reset and goes from step to step; variables are gone. Throws Error for a
/// float32 graph of several inputs, and for state that is not in READ_VARIABLE and ASSIGN_VARIABLE.
Graph unroll(const Graph& graph, std::int64_t steps);

}  // namespace mirim
