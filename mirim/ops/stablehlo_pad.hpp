#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// x spread, `interior_padding` places between neighbours, then padded at both ends of each axis; padding below 0 cuts
/// off. A place without an element of x is `value`. Inputs: x of 1 to 6 dimensions, value, one element of its type;
/// output of x's rank. float32, int8, uint8, int16, int32, int64 and bool. TFLite's STABLEHLO_PAD: a
/// STABLEHLO_REDUCE_WINDOW with windows of one element.
struct StablehloPad {
  static constexpr std::string_view name = "STABLEHLO_PAD";
  static constexpr int tflite_code = 195;
  static constexpr int tflite_options = 0;
  static constexpr int tflite_options_2 = 10;
  static constexpr std::array roles{role::activation, role::index};

  std::vector<std::int64_t> edge_padding_low{};  ///< of each axis, as the next two; empty: none
  std::vector<std::int64_t> edge_padding_high{};
  std::vector<std::int64_t> interior_padding{};

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const StablehloPad&) const = default;
};

}  // namespace mirim
