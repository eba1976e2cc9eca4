#pragma once

#include <filesystem>

#include "mirim/graph/tensor.hpp"

namespace mirim {

/// Reads IDX, the format of MNIST: two zero bytes, the element type, the number of dimensions, the dimensions as
/// big-endian 32-bit numbers, the elements in big-endian order. Throws Error for an unknown type, and for data shorter
/// or longer than the dimensions say.
Tensor parse_idx(BytesView bytes);

/// The same for a file, also .gz or .xz; any Error begins with the path.
Tensor read_idx(const std::filesystem::path& path);

}  // namespace mirim
