#include "mirim/graph/dtype.hpp"

#include <array>
#include <limits>

namespace mirim {
namespace {

struct Row {
  std::string_view name;
  int bits;
};

// In the order of the enumeration.
constexpr std::array<Row, 23> kRows{{
    {"float32", 32},  {"float16", 16}, {"int32", 32},     {"uint8", 8},         {"int64", 64},      {"string", 0},
    {"bool", 8},      {"int16", 16},   {"complex64", 64}, {"int8", 8},          {"float64", 64},    {"complex128", 128},
    {"uint64", 64},   {"resource", 0}, {"variant", 0},    {"uint32", 32},       {"uint16", 16},     {"int4", 4},
    {"bfloat16", 16}, {"int2", 2},     {"uint4", 4},      {"float8_e4m3fn", 8}, {"float8_e5m2", 8},
}};

const Row* row(DType dtype) {
  const auto index = static_cast<std::size_t>(dtype);
  return index < kRows.size() ? &kRows[index] : nullptr;
}

}  // namespace

std::string_view name(DType dtype) { return row(dtype) ? row(dtype)->name : "?"; }

std::span<const std::string_view> enum_names(DType) {
  static const auto names = [] {
    std::array<std::string_view, kRows.size()> result;
    for (std::size_t i = 0; i < kRows.size(); ++i) result[i] = kRows[i].name;
    return result;
  }();
  return names;
}

std::optional<DType> dtype_of(std::string_view name) {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (kRows[i].name == name) return static_cast<DType>(i);
  }
  return std::nullopt;
}

int bits(DType dtype) { return row(dtype) ? row(dtype)->bits : 0; }

std::int64_t byte_size(DType dtype) { return (bits(dtype) + 7) / 8; }

IntegerRange integer_range(DType dtype) {
  switch (dtype) {
    case DType::int8:
      return {-128, 127};
    case DType::uint8:
      return {0, 255};
    case DType::int16:
      return {-32768, 32767};
    case DType::uint16:
      return {0, 65535};
    case DType::int4:
      return {-8, 7};
    case DType::uint4:
      return {0, 15};
    case DType::int2:
      return {-2, 1};
    default:
      return {-std::numeric_limits<std::int32_t>::max(), std::numeric_limits<std::int32_t>::max()};
  }
}

}  // namespace mirim
