#pragma once

#include <cstdint>
#include <vector>

#include "mirim/graph/shape.hpp"

// Declared here so that the generated header stays within tflite_*.cpp.
namespace tflite {
struct SparsityParameters;
}  // namespace tflite

namespace mirim {

/// The positions of a sparse tensor's stored elements in the dense one: entry k is the row-major index of stored
/// element k. TFLite's encoding: dimensions, and blocks within them, are walked in `traversal_order`, each either
/// densely or by the indices between two `array_segments`. Every index of the file is checked; throws Error if one is
/// invalid, or for more than `most` elements. The shape's elements must be countable.
std::vector<std::int64_t> sparse_positions(const tflite::SparsityParameters& sparsity, const Shape& shape,
                                           std::int64_t most);

}  // namespace mirim
