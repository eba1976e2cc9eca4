#pragma once

#include "mirim/graph/graph.hpp"

/// Networks of any size whose weights are nowhere: types, shapes and quantization are known, their numbers are not. A
/// hollow constant is a constant without bytes; only a graph that is marked may have one. Such a graph can be counted
/// and planned. It cannot be run, trained or written: `verify` says so.
namespace mirim {

/// One for all constants: operators see a constant of no elements.
Constant hollow_constant();

/// Whether the value is a constant whose bytes are nowhere. A constant of no elements is not hollow.
bool is_hollow(const Value& value);
/// The same as an operator sees it.
bool is_hollow(const Operand& operand);

/// Allows hollow constants in the graph.
void mark_hollow(Graph& graph);
/// Whether the graph is marked.
bool is_hollow(const Graph& graph);

/// Returns the graph, for whatever needs its numbers. Throws Error if it is marked; `what` says for what: "run".
const Graph& require_weights(const Graph& graph, std::string_view what);

}  // namespace mirim
