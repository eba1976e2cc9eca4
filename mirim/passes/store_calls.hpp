#pragma once

#include <string>
#include <vector>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// The way back from `resolve_calls`: makes WHILE and IF of the loops and branches of the main graph
/// (mirim/graph/scopes.hpp), with graphs of their own behind the model's others. What a loop sets goes round as values,
/// and so does what it reads that changes outside; constants are copied. A variable that is kept from run to run is
/// read before the first use and assigned after the last. Without loops and branches the model stays. Throws Error for
/// an operator with a state of its own inside of a loop, and for a node that sets such a state.
void store_calls(Model& model);

/// Leaves out the nodes that set the state of an operator like UNIDIRECTIONAL_SEQUENCE_LSTM to its initial content,
/// which a .tflite cannot say: there the state is kept from run to run. Returns the names of these operators' nodes.
std::vector<std::string> leave_out_resets(Graph& graph);

}  // namespace mirim
