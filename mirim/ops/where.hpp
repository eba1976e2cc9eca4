#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// The positions of the elements of x that are true or not 0, in order: int64 [how many, dimensions of x]. Only of a
/// constant, since the shape must be known before the run. TFLite's WHERE.
struct Where {
  static constexpr std::string_view name = "WHERE";
  static constexpr int tflite_code = 109;
  static constexpr int tflite_options = 85;
  static constexpr std::array roles{role::index};

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options&) {}
  bool operator==(const Where&) const = default;
};

}  // namespace mirim
