#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// Operands of GRU, by number: x; for each gate, from these on, the weights of x, those of the last output and the
/// biases; the bias beside the candidate's product with the last output; the last output.
namespace gru {
inline constexpr int kInput = 0, kWeights = 1, kRecurrent = 4, kBias = 7, kRecurrentBias = 10, kState = 11,
                     kOperands = 12;
inline constexpr int kGates = 3;  // update, reset, candidate
}  // namespace gru

/// A layer of gated recurrent units over a sequence (Cho et al., 2014). For each step, with the input x and the last
/// output h:
///   z, r = sigmoid(W x + R h + b)
///   n = tanh(W x + b + r * (R h + c)) with reset_after; n = tanh(W x + b + R (r * h)) without
///   h = z * h + (1 - z) * n, output = h
/// Each gate has its own W, R and b.
///
/// Inputs, [B,T,I] standing for [T,B,I] when time_major:
///   0 x [B,T,I]
///   1 to 3 W [U,I], 4 to 6 R [U,U] and 7 to 9 b [U], each for update z, reset r and candidate n
///   10 c [U], only with reset_after. It is 0 if absent
///   11 h [B,U], a variable that is kept from run to run. If it is absent, each run begins with zeros
/// Output [B,T,U], or [B,U] if only the last is wanted. All float32. TFLite has none: files hold a loop of other
/// operators, of which `recognise_recurrent` (mirim/passes/) makes this.
struct Gru {
  static constexpr std::string_view name = "GRU";
  static constexpr int tflite_code = -1;
  static constexpr int tflite_options = 0;
  static constexpr std::array roles{
      role::activation,                                      // x
      role::weights(0), role::weights(0), role::weights(0),  // W
      role::weights(0), role::weights(0), role::weights(0),  // R
      role::bias,       role::bias,       role::bias,        // b
      role::bias,                                            // c
      role::activation,                                      // h
  };

  bool reset_after = true;  ///< the reset gate acts on the product with the last output, as in Keras and PyTorch
  bool time_major = false;
  bool last_only = false;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  std::vector<int> variables(Types in) const;
  std::int64_t saved_bytes(Types in) const;
  void forward_training(Inputs x, Outputs y, TrainingState s) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const Gru&) const = default;
};

}  // namespace mirim
