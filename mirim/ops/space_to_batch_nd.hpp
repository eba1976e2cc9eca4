#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// Distributes the pixels of each block to different batches: pixels at the same place in their block go to the same
/// batch. Dilated convolutions were written with it before they had a dilation.
///
/// Inputs: x [batch, width, channels] or [batch, height, width, channels] of any type of elements; constant integers:
/// the block size of each spatial axis; the zero padding [axes, 2] around the image, applied first. TFLite's
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

/// The reverse; the third input crops the image at the end. TFLite's BATCH_TO_SPACE_ND.
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
