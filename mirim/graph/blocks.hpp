#pragma once

#include "mirim/graph/quantization.hpp"
#include "mirim/graph/shape.hpp"

/// Weights [rows, n] of which so many neighbours in a row, a block, share a scale: TFLite's BlockwiseQuantization,
/// which stores the scales as a float16 tensor. Their Quantization has the scales [rows, n / block], zero points of 0
/// and this dimension.
namespace mirim {

inline constexpr int kInBlocks = -1;

inline bool is_in_blocks(const Quantization& q) { return q.dimension == kInBlocks && !q.empty(); }

/// The elements of a block of a tensor of this shape.
inline std::int64_t block_size(const Quantization& q, const Shape& shape) {
  return shape.elements() / static_cast<std::int64_t>(q.scale.size());
}

}  // namespace mirim
