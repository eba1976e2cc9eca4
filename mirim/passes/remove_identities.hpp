#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Removes int8 operators that return their input: a function of one element that changes none of the values which the
/// input can hold (`channel_intervals`), such as a RELU of what is never negative; QUANTIZE to the same type and scale;
/// PAD by nothing; CONCATENATION of one. Input and result must have one type and one quantization. A RESHAPE of a
/// RESHAPE, and a FULLY_CONNECTED of one, read what the first one reads. Outputs of the graph keep the operators that
/// make them.
void remove_identities(Graph& graph);

}  // namespace mirim
