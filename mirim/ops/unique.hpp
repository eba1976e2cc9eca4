#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// The different elements of a vector in the order of their first appearance, and for each element the position of its
/// like among these, int32 or int64. Only of a constant, since the shape must be known before the run. TFLite's
/// UNIQUE.
struct Unique {
  static constexpr std::string_view name = "UNIQUE";
  static constexpr int tflite_code = 103;
  static constexpr int tflite_options = 80;
  static constexpr std::array roles{role::index};

  DType idx_out_type = DType::int32;

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const Unique&) const = default;
};

}  // namespace mirim
