#pragma once

#include "mirim/ops/unidirectional_sequence_lstm.hpp"

/// The loops of a float32 UNIDIRECTIONAL_SEQUENCE_LSTM, for inference and training.
namespace mirim {

/// Runs all steps of all sequences. y: the output, the last output, the cell.
void run_float_lstm(const UnidirectionalSequenceLstm& op, Inputs x, Outputs y);

/// Bytes that training keeps from a run to its derivative.
std::int64_t lstm_saved_bytes(const UnidirectionalSequenceLstm& op, Types in);

/// The same run, which keeps in `s` what the derivative needs.
void run_float_lstm_training(const UnidirectionalSequenceLstm& op, Inputs x, Outputs y, TrainingState s);

/// Writes dL/dx for every operand that is wanted, the state's at the first step included. Where cell_clip bounds the
/// cell, no gradient goes to what is clipped.
void differentiate_float_lstm(const UnidirectionalSequenceLstm& op, Inputs x, Inputs dy, Outputs dx, TrainingState s);

}  // namespace mirim
