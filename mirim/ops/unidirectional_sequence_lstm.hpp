#pragma once

#include "mirim/graph/op.hpp"
#include "mirim/ops/activation.hpp"

namespace mirim {

/// Operands of UNIDIRECTIONAL_SEQUENCE_LSTM, by number: x; for each gate, from these on, the weights of x, those of the
/// last output, the peepholes and the biases; the projection; the last output and the cell; the layer normalisation.
namespace lstm {
inline constexpr int kInput = 0, kWeights = 1, kRecurrent = 5, kPeephole = 9, kBias = 12, kProjection = 16, kState = 18,
                     kCell = 19, kLayerNorm = 20, kOperands = 24;
inline constexpr int kGates = 4;  // input, forget, cell, output
}  // namespace lstm

/// An LSTM layer over a sequence. For each step, with the input x and the last output h:
///   i, f, o = sigmoid(W x + R h + b) and n = tanh(W x + R h + b), each gate with its own W, R and b
///   cell = clip(f * cell + i * n),  h = o * tanh(cell),  output = h
///
/// Inputs, in TFLite's order, [B,T,I] standing for [T,B,I] when time_major:
///    0 x [B,T,I]
///    1 to 4 W [U,I] and 5 to 8 R [U,U], each for input, forget, cell and output gate
///    9 to 11 peepholes: absent           12 to 15 b [U], in the same order
///   16, 17 projection: absent            18 h and 19 cell, both [B,U]: its state, variables
///   20 to 23 layer normalisation: absent
/// Output [B,T,U]. All float32; the same with int8 weights; or int8 x, h and output, int8 weights, int32 bias, int16
/// cell; or int16 x, h and output, int8 weights, int64 bias, int16 cell. The operands listed as absent exist in TFLite
/// but not in TFLite Micro. Training is of floats alone. TFLite's UNIDIRECTIONAL_SEQUENCE_LSTM.
struct UnidirectionalSequenceLstm {
  static constexpr std::string_view name = "UNIDIRECTIONAL_SEQUENCE_LSTM";
  static constexpr int tflite_code = 44;
  static constexpr int tflite_options = 71;
  static constexpr std::array roles{
      role::activation,                                                      // x
      role::weights(),  role::weights(),  role::weights(), role::weights(),  // W
      role::weights(),  role::weights(),  role::weights(), role::weights(),  // R
      role::weights(),  role::weights(),  role::weights(),                   // peepholes
      role::bias,       role::bias,       role::bias,      role::bias,       // b
      role::weights(),  role::bias,                                          // projection
      role::activation, role::activation,                                    // h, cell
      role::weights(),  role::weights(),  role::weights(), role::weights(),  // layer normalisation
  };

  Activation activation = Activation::tanh;  ///< of the cell gate; only tanh
  float cell_clip = 0;                       ///< the cell stays in [-cell_clip, cell_clip]; 0 for no limit
  float proj_clip = 0;                       ///< of the projection; kept for the file
  bool time_major = false;
  bool asymmetric_quantize_inputs = false;  ///< how float32 x and h are quantized for int8 weights
  bool diagonal_recurrent_tensors = false;
  bool last_only = false;  ///< the output is [B,U], of the last step; float32 only. No file has it

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  std::vector<int> variables(Types in) const;
  std::int64_t saved_bytes(Types in) const;
  void forward_training(Inputs x, Outputs y, TrainingState s) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const UnidirectionalSequenceLstm&) const = default;
};

}  // namespace mirim
