#include "mirim/formats/npy.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/formats/compressed.hpp"

namespace mirim {
namespace {

struct Kind {
  std::string_view code;
  DType dtype;
};
constexpr std::array kKinds{
    Kind{"b1", DType::boolean},   Kind{"i1", DType::int8},    Kind{"u1", DType::uint8},   Kind{"i2", DType::int16},
    Kind{"u2", DType::uint16},    Kind{"i4", DType::int32},   Kind{"u4", DType::uint32},  Kind{"i8", DType::int64},
    Kind{"u8", DType::uint64},    Kind{"f2", DType::float16}, Kind{"f4", DType::float32}, Kind{"f8", DType::float64},
    Kind{"c8", DType::complex64},
};

constexpr std::string_view kMagic = "\x93NUMPY";

/// The text after 'key': in the header's Python dictionary.
std::string_view value_of(std::string_view header, std::string_view key) {
  for (const char quote : {'\'', '"'}) {
    const std::string quoted = quote + std::string(key) + quote;
    auto at = header.find(quoted);
    if (at == std::string_view::npos) continue;
    at = header.find_first_not_of(" :", at + quoted.size());
    if (at != std::string_view::npos) return header.substr(at);
  }
  fail("the .npy header has no '{}'", key);
}

DType parse_descr(std::string_view text, bool& swapped) {
  if (text.size() < 2 || (text[0] != '\'' && text[0] != '"'))
    fail("the .npy file holds a structured type, expected plain numbers");
  const std::string_view descr = text.substr(1, text.find(text[0], 1) - 1);
  swapped = !descr.empty() && descr[0] == '>';
  for (const Kind& kind : kKinds) {
    if (descr.size() == 3 && std::string_view("<>|=").find(descr[0]) != std::string_view::npos &&
        descr.substr(1) == kind.code) {
      return kind.dtype;
    }
  }
  const std::string_view code = descr.substr(std::min<std::size_t>(1, descr.size()));
  if (code == "O") fail("the .npy file holds Python objects; save numbers, by x.astype('float32')");
  if (code.starts_with('U') || code.starts_with('S')) {
    fail("the .npy file holds texts; number them, by numpy.unique(y, return_inverse=True)[1]");
  }
  fail("the .npy file holds '{}', expected bool, integers or floats of at most 64 bits", descr);
}

Shape parse_tuple(std::string_view text) {
  const auto end = text.find(')');
  if (text.empty() || text[0] != '(' || end == std::string_view::npos) fail("the .npy header's shape is no tuple");
  std::vector<std::int64_t> dimensions;
  for (const char *at = text.data() + 1, *stop = text.data() + end; at < stop;) {
    if (*at == ' ' || *at == ',') {
      ++at;
      continue;
    }
    std::int64_t dimension = 0;
    const auto [next, error] = std::from_chars(at, stop, dimension);
    if (error != std::errc{} || dimension < 0 || dimensions.size() >= 32)
      fail("the .npy header's shape is no tuple of sizes");
    dimensions.push_back(dimension);
    at = next == stop || *next != 'L' ? next : next + 1;  // Python 2 wrote 28L
  }
  return Shape(std::move(dimensions));
}

/// There the first axis runs fastest; here the last does.
Bytes from_fortran_order(const Shape& shape, std::size_t size, const Bytes& from) {
  Bytes to(from.size());
  std::vector<std::int64_t> index(static_cast<std::size_t>(shape.rank()));
  for (std::size_t at = 0; at < from.size(); at += size) {
    std::size_t place = 0;
    for (std::size_t axis = 0; axis < index.size(); ++axis) {
      place = place * static_cast<std::size_t>(shape[static_cast<int>(axis)]) + static_cast<std::size_t>(index[axis]);
    }
    std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(at), size,
                to.begin() + static_cast<std::ptrdiff_t>(place * size));
    for (std::size_t axis = 0; axis < index.size(); ++axis) {
      if (++index[axis] < shape[static_cast<int>(axis)]) break;
      index[axis] = 0;
    }
  }
  return to;
}

}  // namespace

Tensor parse_npy(BytesView bytes) {
  const auto byte = [&](std::size_t i) { return std::to_integer<std::size_t>(bytes[i]); };
  if (bytes.size() < 10 || std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0) {
    const bool zip = bytes.size() > 4 && std::memcmp(bytes.data(), "PK\x03\x04", 4) == 0;
    fail("is no .npy file{}", zip ? " but a zip, as .npz is; save each array by numpy.save" : "");
  }
  const std::size_t version = byte(6);
  if (version < 1 || version > 3) fail("is .npy version {}, expected 1 to 3", version);
  const std::size_t start = version == 1 ? 10 : 12;
  if (bytes.size() < start) fail("the .npy header ends too early");
  const std::size_t length =
      version == 1 ? byte(8) | byte(9) << 8 : byte(8) | byte(9) << 8 | byte(10) << 16 | byte(11) << 24;
  if (length > bytes.size() - start) fail("the .npy header ends too early");
  const std::string_view header(reinterpret_cast<const char*>(bytes.data()) + start, length);

  bool swapped = false;
  const DType dtype = parse_descr(value_of(header, "descr"), swapped);
  TensorType type{dtype, parse_tuple(value_of(header, "shape"))};
  const bool fortran = value_of(header, "fortran_order").starts_with("True") && type.shape.rank() > 1;
  const BytesView data = bytes.subspan(start + length);
  if (static_cast<std::int64_t>(data.size()) != type.bytes()) {
    fail("the .npy file has {} bytes of data, its shape [{}] of {} needs {}", data.size(), to_string(type.shape),
         name(dtype), type.bytes());
  }
  Tensor tensor;
  tensor.type = std::move(type);
  tensor.bytes.assign(data.begin(), data.end());
  const auto size = static_cast<std::ptrdiff_t>(byte_size(dtype));
  const std::ptrdiff_t number = dtype == DType::complex64 ? size / 2 : size;  // real and imaginary part are one each
  for (auto at = tensor.bytes.begin(); swapped && at != tensor.bytes.end(); at += number) std::reverse(at, at + number);
  if (fortran) tensor.bytes = from_fortran_order(tensor.type.shape, static_cast<std::size_t>(size), tensor.bytes);
  return tensor;
}

Tensor read_npy(const std::filesystem::path& path) {
  const Bytes bytes = read_unpacked(path);
  return in_context(path.string(), [&] { return parse_npy(bytes); });
}

Bytes format_npy(const TensorType& type, BytesView elements) {
  const auto kind = std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& k) { return k.dtype == type.dtype; });
  if (kind == kKinds.end()) fail("NumPy has no type for {}", name(type.dtype));
  std::string shape;
  for (const std::int64_t dimension : type.shape) shape += fmt::format("{}, ", dimension);
  // "(3,)" has its comma, "(3, 4)" none at the end, "()" is a scalar.
  if (type.shape.rank() > 1) shape.resize(shape.size() - 2);
  if (type.shape.rank() == 1) shape.resize(shape.size() - 1);
  std::string header = fmt::format("{{'descr': '{}{}', 'fortran_order': False, 'shape': ({}), }}",
                                   byte_size(type.dtype) == 1 ? '|' : '<', kind->code, shape);
  // The data starts at a multiple of 64 bytes, after a newline.
  header.append((64 - (10 + header.size() + 1) % 64) % 64, ' ');
  header += '\n';
  std::string file(kMagic);
  file += {'\x01', '\x00', static_cast<char>(header.size() & 255), static_cast<char>(header.size() >> 8)};
  file += header;
  const BytesView head = bytes_of(file);
  Bytes bytes(head.begin(), head.end());
  bytes.insert(bytes.end(), elements.begin(), elements.end());
  return bytes;
}

void write_npy(const std::filesystem::path& path, const TensorType& type, BytesView elements) {
  write_file(path, format_npy(type, elements));
}

}  // namespace mirim
