#pragma once

#include <span>

#include "mirim/graph/op.hpp"

namespace mirim {

/// The numbers are TFLite's MirrorPadMode.
enum class MirrorPadMode { reflect = 0, symmetric = 1 };

/// The schema's names by number: "REFLECT", "SYMMETRIC".
std::span<const std::string_view> enum_names(MirrorPadMode);

/// x with its own elements mirrored around it: at the border elements (reflect), or after them, so that they appear
/// twice (symmetric).
///
/// Inputs: x of any type of elements, at most 5 dimensions; the paddings as a constant int32 [rank, 2], smaller than
/// the dimension (reflect) or at most as large (symmetric). TFLite's MIRROR_PAD.
struct MirrorPad {
  static constexpr std::string_view name = "MIRROR_PAD";
  static constexpr int tflite_code = 100;
  static constexpr int tflite_options = 77;
  static constexpr std::array roles{role::activation, role::index};
  static constexpr OperatorKind kind = OperatorKind::move;

  MirrorPadMode mode = MirrorPadMode::reflect;

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const MirrorPad&) const = default;
};

}  // namespace mirim
