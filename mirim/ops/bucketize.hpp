#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// y = how many boundaries are not above x, as int32: the bucket that x is in. x float32, int32 or int64, compared as
/// float. TFLite's BUCKETIZE.
struct Bucketize {
  static constexpr std::string_view name = "BUCKETIZE";
  static constexpr int tflite_code = 147;
  static constexpr int tflite_options = 115;
  static constexpr bool elementwise = true;

  std::vector<float> boundaries{};  ///< in ascending order

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const Bucketize&) const = default;
};

}  // namespace mirim
