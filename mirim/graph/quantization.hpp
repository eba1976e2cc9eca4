#pragma once

#include <cstdint>
#include <vector>

namespace mirim {

/// How integers represent reals: real = scale * (integer - zero_point). One scale for the tensor, or one per
/// index of axis `dimension` (then every zero_point is 0 for int8 weights). Empty: not quantized.
/// TFLite, "8-bit quantization specification".
struct Quantization {
  std::vector<float> scale{};
  std::vector<std::int64_t> zero_point{};
  int dimension = 0;

  bool empty() const { return scale.empty(); }
  bool per_channel() const { return scale.size() > 1; }

  bool operator==(const Quantization&) const = default;
};

}  // namespace mirim
