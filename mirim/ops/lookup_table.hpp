#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// y = table[x], with x's byte read as 0 to 255: any function of one int8.
///
/// Inputs: x int8 of any shape; table int8 [256], a constant: first the values for 0 to 127, then for -128 to -1.
/// Output of x's type. TFLite has none: `tabulate` makes it for the device.
struct LookupTable {
  static constexpr std::string_view name = "LOOKUP_TABLE";
  static constexpr int tflite_code = -1;
  static constexpr int tflite_options = 0;
  static constexpr std::array roles{role::activation, role::table};
  static constexpr bool elementwise = true;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options&) {}
  bool operator==(const LookupTable&) const = default;
};

}  // namespace mirim
