#pragma once

#include <span>
#include <vector>

#include "mirim/graph/op.hpp"

namespace mirim::simd {

/// The float tensors of `count` gates from input `first` on, concatenated.
inline std::vector<float> concatenated_gates(const Inputs& x, int first, int count) {
  std::vector<float> all;
  for (int g = 0; g < count; ++g) {
    const std::span<const float> one = x[first + g].as<float>();
    all.insert(all.end(), one.begin(), one.end());
  }
  return all;
}

}  // namespace mirim::simd
