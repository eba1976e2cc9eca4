#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// y[..., d, ...] = on where positions[...] is d, else off, with `depth` d along a new axis.
///
/// Inputs: positions, int32 or int64, none need be inside; depth, a constant; on and off, one element each of one type.
/// TFLite's ONE_HOT.
struct OneHot {
  static constexpr std::string_view name = "ONE_HOT";
  static constexpr int tflite_code = 85;
  static constexpr int tflite_options = 61;
  static constexpr std::array roles{role::index, role::index, role::activation};

  std::int32_t axis = -1;  ///< of y; -1 is its last

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const OneHot&) const = default;
};

}  // namespace mirim
