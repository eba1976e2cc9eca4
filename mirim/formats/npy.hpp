#pragma once

#include <filesystem>
#include <string>

#include "mirim/graph/tensor.hpp"

namespace mirim {

/// The array in the bytes of a .npy file (NumPy's format, versions 1 to 3), little or big endian, in C order; an array
/// in Fortran order is put into C order. bool, integers of 8 to 64 bits, float16, float32, float64 and complex; others
/// (objects, strings, records) are refused. Throws Error that starts with `name`.
Tensor read_npy(BytesView bytes, const std::string& name = "array.npy");
/// Also .npy.gz and .npy.xz.
Tensor read_npy_file(const std::filesystem::path& path);

/// The .npy file (version 1, or 2 where the header is too long for it) of an array, little endian, C order. Throws
/// Error for a type that NumPy lacks.
Bytes write_npy(ConstTensorView array);
/// Whole or not at all, as write_file.
void write_npy_file(const std::filesystem::path& path, ConstTensorView array);

}  // namespace mirim
