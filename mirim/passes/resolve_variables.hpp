#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// The main graph of a model as it can be run: each resource variable (VAR_HANDLE) is a variable of the graph, which
/// READ_VARIABLE and ASSIGN_VARIABLE name directly, and what CALL_ONCE runs has been run, here on the host: what it
/// assigns is the variables' content at first. A variable that nothing assigns to there begins with its zero point or
/// 0, see `initial_content`. Values keep their ids; without resource variables it is the main graph as it stands.
/// Throws Error for a graph that calls itself, a handle that comes from somewhere else or goes there, and types that
/// differ.
Graph resolve_variables(const Model& model);

}  // namespace mirim
