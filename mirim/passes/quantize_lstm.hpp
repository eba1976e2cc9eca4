#pragma once

#include "mirim/ops/unidirectional_sequence_lstm.hpp"
#include "mirim/passes/calibrate.hpp"
#include "mirim/passes/integer_constants.hpp"

namespace mirim {

/// Whether the node is a float LSTM with constant weights, which `quantize_lstm` takes.
bool is_float_lstm(const Graph& graph, const Node& node);

/// Makes constants and cell of an LSTM integers; its input, state and output have their quantization already. Each gate
/// has one scale for all its weights of x, one for those of the last output, and a bias in steps of the former. The
/// cell, with values in `cell`, gets 16 bits in steps of a power of two from 2^-15 to 2^-9: LiteRT computes the
/// hyperbolic tangent of no others.
void quantize_lstm(Graph& graph, Node& node, IntegerConstants& constants, const Range& cell);

}  // namespace mirim
