#pragma once

#include <string>
#include <vector>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// All that is wrong with a graph, a line each, in the order of its values and nodes; empty when it is sound:
/// - every id names a value; each value is made by one node at most, and not both made and given;
/// - a node reads only inputs, constants, variables and what an earlier node made;
/// - a constant has the bytes of its type;
/// - scales are finite and positive, as many as zero points, one or as many as the axis they run along has;
/// - each operator accepts its operands and infers the declared types of its results.
/// Nothing is assumed of the graph: any combination of indices and sizes is safe to ask about.
std::vector<std::string> verify(const Graph& graph);

/// The same for each graph of a model, with the graph's name in front where there are several, and for signatures.
std::vector<std::string> verify(const Model& model);

/// Throws Error with the first problem, and how many more there are.
void verify_or_throw(const Graph& graph);
void verify_or_throw(const Model& model);

}  // namespace mirim
