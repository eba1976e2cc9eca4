#pragma once

#include <filesystem>

#include "mirim/graph/tensor.hpp"

namespace mirim {

/// Reads NumPy's .npy, versions 1 to 3 (numpy.lib.format): bool, integers of 8 to 64 bits and floats of 16 to 64 bits
/// of either byte order, in C or Fortran order. Throws Error for anything else, for a broken header and for data
/// shorter or longer than the shape says.
Tensor parse_npy(BytesView bytes);

/// The same for a file, also .gz or .xz; any Error begins with the path.
Tensor read_npy(const std::filesystem::path& path);

/// As .npy version 1, little-endian. Throws Error for types that NumPy lacks.
Bytes format_npy(const TensorType& type, BytesView elements);
void write_npy(const std::filesystem::path& path, const TensorType& type, BytesView elements);

}  // namespace mirim
