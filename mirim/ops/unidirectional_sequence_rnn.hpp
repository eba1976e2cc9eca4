#pragma once

#include "mirim/graph/op.hpp"
#include "mirim/ops/activation.hpp"

namespace mirim {

/// Operands of UNIDIRECTIONAL_SEQUENCE_RNN, by number.
namespace rnn {
inline constexpr int kInput = 0, kWeights = 1, kRecurrent = 2, kBias = 3, kState = 4, kOperands = 5;
}  // namespace rnn

/// A layer of simple recurrent units over a sequence. For each step, with the input x and the last output h:
///   h = activation(W x + R h + b), output = h
///
/// Inputs: x [B,T,I], or [T,B,I] when time_major; W [U,I]; R [U,U]; b [U]; h [B,U], a variable. Output [B,T,U]. All
/// float32. TFLite's UNIDIRECTIONAL_SEQUENCE_RNN.
struct UnidirectionalSequenceRnn {
  static constexpr std::string_view name = "UNIDIRECTIONAL_SEQUENCE_RNN";
  static constexpr int tflite_code = 35;
  static constexpr int tflite_options = 31;
  static constexpr std::array roles{role::activation, role::weights(0), role::weights(0), role::bias, role::activation};

  bool time_major = false;
  Activation activation = Activation::none;  ///< tanh, or one that clamps
  bool asymmetric_quantize_inputs = false;   ///< for dynamic-range files only; kept for the file

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  std::vector<int> variables(Types in) const;
  std::int64_t saved_bytes(Types in) const;
  void forward_training(Inputs x, Outputs y, TrainingState s) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const UnidirectionalSequenceRnn&) const = default;
};

}  // namespace mirim
