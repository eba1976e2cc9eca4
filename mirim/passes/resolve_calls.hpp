#pragma once

#include "mirim/graph/graph.hpp"
#include "mirim/graph/scopes.hpp"

namespace mirim {

/// Graph `index` of the model with the graphs that its WHILE and IF run in their place, between the markers of
/// mirim/graph/scopes.hpp, and those that its STABLEHLO_COMPOSITEs stand for. What a loop changes is a variable; what
/// it only hands on is the value itself, so the weights of its layers stay constants. Values keep their ids; those of
/// the called graphs follow. Types are inferred again from the graph's inputs on, since a called graph may declare
/// none. Without such nodes the graph is returned unchanged. `most_rounds` is that of each Loop. Throws Error, with the
/// node, if the number of operands differs from the called graph's, a value of a loop changes its type, or branches
/// give different ones.
Graph resolve_calls(const Model& model, std::size_t index, std::int32_t most_rounds = kMostRounds);

}  // namespace mirim
