#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// The way back from `resolve_variables`, for a file: each variable of the main graph that READ_VARIABLE and
/// ASSIGN_VARIABLE use becomes a resource variable with a handle, and a further graph, which CALL_ONCE runs, assigns
/// what it holds at first. A graph without such variables stays as it is.
void store_variables(Model& model);

}  // namespace mirim
