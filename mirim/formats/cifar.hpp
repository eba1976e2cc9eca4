#pragma once

#include <cstdint>
#include <vector>

#include "mirim/base/bytes.hpp"

namespace mirim {

/// Records of CIFAR-10's binary version: labels in [0, 10) and images as uint8 [N,32,32,3], NHWC; the file has planes
/// (red, green, blue).
struct CifarRecords {
  std::vector<std::int32_t> labels;
  Bytes images;
};

/// Appends all records of a file (1 label byte and 3,072 pixel bytes each). Throws Error when the size is no multiple
/// of a record or a label is 10 or more.
/// multiple of a record or a label is 10 or more.
void append_cifar10(BytesView bytes, CifarRecords& to);

}  // namespace mirim
