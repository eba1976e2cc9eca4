#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// y = x with the first lengths[b] elements along axis `seq_dim` in reverse order, for each position b along
/// `batch_dim`.
///
/// Inputs: x of any type of elements; lengths, int32 or int64, one for each position along `batch_dim`. A length
/// outside that is computed at run time becomes the nearest inside. TFLite's REVERSE_SEQUENCE.
struct ReverseSequence {
  static constexpr std::string_view name = "REVERSE_SEQUENCE";
  static constexpr int tflite_code = 112;
  static constexpr int tflite_options = 87;
  static constexpr std::array roles{role::activation, role::index};
  static constexpr OperatorKind kind = OperatorKind::move;

  std::int32_t seq_dim = 0;
  std::int32_t batch_dim = 0;

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const ReverseSequence&) const = default;
};

}  // namespace mirim
