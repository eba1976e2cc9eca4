#pragma once

#include <filesystem>

#include "mirim/graph/tensor.hpp"

namespace mirim {

/// Reads NumPy's .npy, versions 1 to 3 (numpy.lib.format): bool, integers of 8 to 64 bits and floats of 16 to 64 bits
/// of either byte order, in C or Fortran order. Throws Error for anything else, for a header that is broken and for
/// data that is shorter or longer than the shape says.
Tensor parse_npy(BytesView bytes);

/// Of a file, also as .gz or .xz; the path stands in front of any Error.
Tensor read_npy(const std::filesystem::path& path);

/// As .npy version 1, little-endian. Types that NumPy has not throw Error.
Bytes format_npy(const TensorType& type, BytesView elements);
void write_npy(const std::filesystem::path& path, const TensorType& type, BytesView elements);

}  // namespace mirim
