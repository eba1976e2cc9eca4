#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Makes one operator of each loop (mirim/graph/scopes.hpp) that is a float LSTM, GRU or simple recurrent layer over a
/// sequence, as Keras 3, tf_keras and others write one: UNIDIRECTIONAL_SEQUENCE_LSTM, GRU, UNIDIRECTIONAL_SEQUENCE_RNN.
/// Such a loop has a known number of rounds over the steps of an input [steps, batches, I]; gates that are linear in
/// the step and the last output; the outputs of all steps collected in a sequence, or only the last. Answers differ by
/// rounding at most. Its state begins as the loop's did. Other loops stay, and values keep their ids.
void recognise_recurrent(Graph& graph);

/// The same for LSTMs alone, with the outputs of all steps: what a .tflite can hold and `quantize` has integers for.
void recognise_lstm(Graph& graph);

/// The same for GRUs alone, which are trained as one operator; `expand_gru` is the way back.
void recognise_gru(Graph& graph);

}  // namespace mirim
