#pragma once

#include <string>
#include <vector>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Findings about a model, one line each; at most kMostFindings of a kind.
struct Findings {
  std::vector<std::string> problems;     ///< it is broken
  std::vector<std::string> unsupported;  ///< mirim cannot run or compile it: nodes of operators or types that it lacks
  std::vector<std::string> warnings;     ///< odd but harmless
};
inline constexpr std::size_t kMostFindings = 1000;

/// Everything that is wrong with a graph, in the order of its values and nodes:
///   - every id names a value; each value is made by at most one node, and not both made and given;
///   - a node reads only inputs, constants, variables and results of earlier nodes; an operator that mirim lacks may
///   also
///     read what no node makes, its scratch memory;
///   - no tensor has more than 2^31 - 1 elements, a constant has the bytes of its type (or may be hollow, hollow.hpp),
///   a
///     bool is 0 or 1;
///   - scales are finite and positive, one or as many as their axis has, with as many zero points, and zero points are
///     numbers of the type; not checked of what only TFLM_DECODE reads, which has those of its result;
///   - names are text (UTF-8, no control characters);
///   - each operator accepts its operands and infers the declared types of its results, all of them present; its state
///     is made of variables.
/// A node that only lacks scales for its kernel is a warning. Nothing is assumed of the graph: any combination of
/// indices and sizes is safe to check.
Findings examine(const Graph& graph);

/// The same for each graph of a model, prefixed with the graph's name if there are several, for signatures, and for
/// graphs that operators run (options named ...subgraph_index): each exists, and none ends up running itself.
Findings examine(const Model& model);

/// What prevents a graph from running: its problems, then what is unsupported. Empty if nothing does.
std::vector<std::string> verify(const Graph& graph);
std::vector<std::string> verify(const Model& model);

/// Throws Error with the first of verify's lines, and how many more there are.
void verify_or_throw(const Graph& graph);
void verify_or_throw(const Model& model);

/// The same for existing findings; does nothing if there are none.
void throw_first(const std::vector<std::string>& problems);

}  // namespace mirim
