#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// The shape that two shapes broadcast to: int32 or int64 vectors. TFLite's BROADCAST_ARGS.
struct BroadcastArgs {
  static constexpr std::string_view name = "BROADCAST_ARGS";
  static constexpr int tflite_code = 145;
  static constexpr int tflite_options = 0;

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options&) {}
  bool operator==(const BroadcastArgs&) const = default;
};

}  // namespace mirim
