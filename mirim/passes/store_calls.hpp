#pragma once

#include <string>
#include <vector>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// The way back from `resolve_calls`: makes WHILE and IF of the loops and branches of the main graph
/// (mirim/graph/scopes.hpp), with graphs of their own behind the model's others. What a loop sets goes round as values,
/// and so does what it reads that changes outside; constants are copied. A variable that is kept from run to run is read
/// before the first use and assigned after the last. An assignment that resets the state of an operator like
/// UNIDIRECTIONAL_SEQUENCE_LSTM cannot be said in a file and is left out; their nodes are returned. Without loops and
/// branches the model stays. Throws Error for an operator with such a state inside of a loop, and for a state that is set
/// to anything but its initial content.
std::vector<std::string> store_calls(Model& model);

}  // namespace mirim
