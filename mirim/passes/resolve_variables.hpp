#pragma once

#include "mirim/graph/graph.hpp"
#include "mirim/graph/scopes.hpp"

namespace mirim {

/// The main graph of a model in runnable form, with the graphs that it calls (`resolve_calls`). Each resource variable
/// (VAR_HANDLE) becomes a variable of the graph, which READ_VARIABLE and ASSIGN_VARIABLE name directly. The graphs of
/// CALL_ONCE are run here, on the host; what they assign is the variables' initial content. State that a file has no
/// tensor for (`hidden_states`, mirim/graph/op.hpp) becomes variables behind the inputs of its node. A variable that
/// they do not assign begins with its zero point or 0, see `initial_content`. Values keep their ids; without any of
/// these the main graph is returned unchanged. Throws Error for a graph that calls itself, a handle that is computed or
/// used otherwise, and types that differ.
Graph resolve_variables(const Model& model, std::int32_t most_rounds = kMostRounds);

}  // namespace mirim
