#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// start, start + delta, start + 2 delta, ... before limit. Three constants of one element each, float32, int32 or
/// int64: the length must be known before the run. TFLite's RANGE.
struct Range {
  static constexpr std::string_view name = "RANGE";
  static constexpr int tflite_code = 96;
  static constexpr int tflite_options = 73;
  static constexpr std::array roles{role::index};

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options&) {}
  bool operator==(const Range&) const = default;
};

}  // namespace mirim
