#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// x[begin[0]:end[0]:strides[0], ...] with Python's meaning, negative positions from the end. Bit i of a mask belongs
/// to the i-th entry of begin, end and strides. begin_mask and end_mask ignore the position and go to the end of the
/// axis; shrink_axis_mask takes the one element at begin and drops the axis; new_axis_mask adds a new axis of size 1;
/// ellipsis_mask stands for all axes without another entry. Axes after the last entry stay whole. With `offset`, end is
/// relative to begin.
///
/// Inputs: x of any type of elements; begin, end, strides, int32 or int64 vectors of one length. strides is constant.
/// begin and end may be computed at run time where the shape of the result does not depend on them: behind masks, and
/// where one element is taken (shrink_axis_mask); a position outside then becomes the nearest inside. TFLite's
/// STRIDED_SLICE.
struct StridedSlice {
  static constexpr std::string_view name = "STRIDED_SLICE";
  static constexpr int tflite_code = 45;
  static constexpr int tflite_options = 32;
  static constexpr std::array roles{role::activation, role::index};
  static constexpr OperatorKind kind = OperatorKind::move;

  std::int32_t begin_mask = 0;
  std::int32_t end_mask = 0;
  std::int32_t ellipsis_mask = 0;
  std::int32_t new_axis_mask = 0;
  std::int32_t shrink_axis_mask = 0;
  bool offset = false;

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const StridedSlice&) const = default;
};

}  // namespace mirim
