#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// y = condition ? a : b on every element, the three broadcast as in TFLite.
///
/// Inputs: condition, bool; a and b of one type of elements, and of one scale. TFLite's SELECT_V2.
struct SelectV2 {
  static constexpr std::string_view name = "SELECT_V2";
  static constexpr int tflite_code = 123;
  static constexpr int tflite_options = 98;
  static constexpr std::array roles{role::index, role::activation};
  static constexpr bool elementwise = true;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options&) {}
  bool operator==(const SelectV2&) const = default;
};

/// The same without broadcasting: a and b have one shape; the condition has that shape, or only its first axis, or is
/// one value. TFLite's SELECT.
struct Select {
  static constexpr std::string_view name = "SELECT";
  static constexpr int tflite_code = 64;
  static constexpr int tflite_options = 47;
  static constexpr std::array roles{role::index, role::activation};
  static constexpr bool elementwise = true;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options&) {}
  bool operator==(const Select&) const = default;
};

}  // namespace mirim
