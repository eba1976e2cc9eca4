#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// The images x [batch, height, width, channels] at another size, each pixel interpolated from the four around its
/// position. Output pixel k is at k * (size of x / size of y) of x. With align_corners the centres of the corner pixels
/// coincide, with half_pixel_centers the image borders do.
///
/// Inputs: x, float32, int8, uint8 or int16; the new height and width, two constant int32. Integers keep their scale.
/// TFLite's RESIZE_BILINEAR.
struct ResizeBilinear {
  static constexpr std::string_view name = "RESIZE_BILINEAR";
  static constexpr int tflite_code = 23;
  static constexpr int tflite_options = 15;
  static constexpr std::array roles{role::activation, role::index};
  static constexpr OperatorKind kind = OperatorKind::move;

  bool align_corners = false;
  bool half_pixel_centers = false;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const ResizeBilinear&) const = default;
};

/// The same with the nearest pixel of x for each of y. Any type of elements. TFLite's RESIZE_NEAREST_NEIGHBOR.
struct ResizeNearestNeighbor {
  static constexpr std::string_view name = "RESIZE_NEAREST_NEIGHBOR";
  static constexpr int tflite_code = 97;
  static constexpr int tflite_options = 74;
  static constexpr std::array roles{role::activation, role::index};
  static constexpr OperatorKind kind = OperatorKind::move;

  bool align_corners = false;
  bool half_pixel_centers = false;

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const ResizeNearestNeighbor&) const = default;
};

}  // namespace mirim
