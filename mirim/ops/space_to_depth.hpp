#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// Blocks of block_size x block_size pixels become one pixel with all their channels, row by row.
///
/// Input x [batch, height, width, channels] of any type of elements, height and width multiples of block_size. TFLite's
/// SPACE_TO_DEPTH.
struct SpaceToDepth {
  static constexpr std::string_view name = "SPACE_TO_DEPTH";
  static constexpr int tflite_code = 26;
  static constexpr int tflite_options = 19;
  static constexpr OperatorKind kind = OperatorKind::move;

  std::int32_t block_size = 1;

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const SpaceToDepth&) const = default;
};

/// The reverse: the channels, a multiple of block_size squared, become blocks of pixels. TFLite's DEPTH_TO_SPACE.
struct DepthToSpace {
  static constexpr std::string_view name = "DEPTH_TO_SPACE";
  static constexpr int tflite_code = 5;
  static constexpr int tflite_options = 94;
  static constexpr OperatorKind kind = OperatorKind::move;

  std::int32_t block_size = 1;

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const DepthToSpace&) const = default;
};

}  // namespace mirim
