#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// The pixels of every block of each image go to different batches: those at one place in their block to one. It is
/// what a dilated convolution was written with before it had a dilation.
///
/// Inputs: x [batch, width, channels] or [batch, height, width, channels] of any type of elements; constant integers:
/// the block, one for each spatial axis; the padding [axes, 2] around the image first, of zeros. TFLite's
/// SPACE_TO_BATCH_ND.
struct SpaceToBatchNd {
  static constexpr std::string_view name = "SPACE_TO_BATCH_ND";
  static constexpr int tflite_code = 38;
  static constexpr int tflite_options = 25;
  static constexpr std::array roles{role::activation, role::index};
  static constexpr OperatorKind kind = OperatorKind::move;

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options&) {}
  bool operator==(const SpaceToBatchNd&) const = default;
};

/// The reverse; the third input crops the image at last. TFLite's BATCH_TO_SPACE_ND.
struct BatchToSpaceNd {
  static constexpr std::string_view name = "BATCH_TO_SPACE_ND";
  static constexpr int tflite_code = 37;
  static constexpr int tflite_options = 24;
  static constexpr std::array roles{role::activation, role::index};
  static constexpr OperatorKind kind = OperatorKind::move;

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options&) {}
  bool operator==(const BatchToSpaceNd&) const = default;
};

}  // namespace mirim
