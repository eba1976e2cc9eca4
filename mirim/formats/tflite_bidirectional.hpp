#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Each BIDIRECTIONAL_SEQUENCE_LSTM, as onnx2tf writes LSTMs of both directions, becomes two layers
/// UNIDIRECTIONAL_SEQUENCE_LSTM, the second between two REVERSE_V2 along time, and a CONCATENATION where the file has
/// their outputs in one. In all graphs of the model, which must be sound (`examine`). A node with an auxiliary input,
/// or with operands that a layer of one direction refuses, stays, with the reason why (Opaque::reason). Source:
/// TFLite's kernel bidirectional_sequence_lstm.cc, which computes the same.
void split_bidirectional_lstms(Model& model);

}  // namespace mirim
