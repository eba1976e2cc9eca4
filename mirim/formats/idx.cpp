#include "mirim/formats/idx.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/formats/compressed.hpp"

namespace mirim {
namespace {

DType element_type(int code) {
  switch (code) {
    case 0x08:
      return DType::uint8;
    case 0x09:
      return DType::int8;
    case 0x0b:
      return DType::int16;
    case 0x0c:
      return DType::int32;
    case 0x0d:
      return DType::float32;
    case 0x0e:
      return DType::float64;
    default:
      fail("the IDX element type is {:#x}, expected 0x8, 0x9 or 0xb to 0xe", code);
  }
}

}  // namespace

Tensor parse_idx(BytesView bytes) {
  const auto byte = [&](std::size_t i) { return std::to_integer<std::int64_t>(bytes[i]); };
  if (bytes.size() < 4 || byte(0) != 0 || byte(1) != 0) fail("is no IDX file");
  Tensor tensor;
  tensor.type.dtype = element_type(static_cast<int>(byte(2)));
  const auto rank = static_cast<std::size_t>(byte(3));
  if (bytes.size() < 4 + 4 * rank) fail("the IDX header ends too early");
  std::vector<std::int64_t> dimensions;
  for (std::size_t i = 4; i < 4 + 4 * rank; i += 4) {
    dimensions.push_back(byte(i) << 24 | byte(i + 1) << 16 | byte(i + 2) << 8 | byte(i + 3));
  }
  tensor.type.shape = Shape(std::move(dimensions));
  const BytesView data = bytes.subspan(4 + 4 * rank);
  if (static_cast<std::int64_t>(data.size()) != tensor.type.bytes()) {
    fail("the IDX file has {} bytes of data, its shape [{}] of {} needs {}", data.size(), to_string(tensor.type.shape),
         name(tensor.type.dtype), tensor.type.bytes());
  }
  tensor.bytes.assign(data.begin(), data.end());
  const auto size = static_cast<std::ptrdiff_t>(byte_size(tensor.type.dtype));
  for (auto at = tensor.bytes.begin(); size > 1 && at != tensor.bytes.end(); at += size) std::reverse(at, at + size);
  return tensor;
}

Tensor read_idx(const std::filesystem::path& path) {
  const Bytes bytes = read_unpacked(path);
  return in_context(path.string(), [&] { return parse_idx(bytes); });
}

}  // namespace mirim
