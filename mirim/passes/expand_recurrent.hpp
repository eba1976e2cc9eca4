#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Makes a loop of TensorFlow Lite's operators of each GRU (mirim/graph/scopes.hpp), since a .tflite has none: one
/// FULLY_CONNECTED for each gate and operand, so that the weights keep their forms. `recognise_recurrent` makes a GRU
/// of it again. Values keep their ids.
void expand_gru(Graph& graph);

/// The same of each UNIDIRECTIONAL_SEQUENCE_RNN, for integers: TFLite has its operator for floats alone. The state
/// stays a variable that is kept from run to run.
void expand_rnn(Graph& graph);

}  // namespace mirim
