#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// y[..., u, v] = sum over i, j of x[..., i, j] * exp(-2 pi sqrt(-1) (u i / H + v j / W)).
/// Only v <= W / 2 is computed: this half determines the rest.
///
/// Inputs: x [..., h, w], float32; [H, W], int32, a constant of two powers of two. x is cut or padded with zeros to [H,
/// W]. Output [..., H, W / 2 + 1], complex64. TFLite's RFFT2D.
struct Rfft2d {
  static constexpr std::string_view name = "RFFT2D";
  static constexpr int tflite_code = 131;
  static constexpr int tflite_options = 105;
  static constexpr std::array roles{role::activation, role::index};

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options&) {}
  bool operator==(const Rfft2d&) const = default;
};

}  // namespace mirim
