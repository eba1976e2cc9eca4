#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// y[s] = the sum of x[r] over the rows r with segments[r] = s.
///
/// Inputs: x [rows, ...], float32 or int32; segments, a constant int32 vector of one for each row, that begins at 0 and
/// never rises by more than 1. TFLite's SEGMENT_SUM.
struct SegmentSum {
  static constexpr std::string_view name = "SEGMENT_SUM";
  static constexpr int tflite_code = 125;
  static constexpr int tflite_options = 100;
  static constexpr std::array roles{role::activation, role::index};

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options&) {}
  bool operator==(const SegmentSum&) const = default;
};

}  // namespace mirim
