#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace mirim {

/// Element types; the numbers are TFLite's TensorType.
enum class DType : std::int8_t {
  float32 = 0,
  float16 = 1,
  int32 = 2,
  uint8 = 3,
  int64 = 4,
  string = 5,
  boolean = 6,
  int16 = 7,
  complex64 = 8,
  int8 = 9,
  float64 = 10,
  complex128 = 11,
  uint64 = 12,
  resource = 13,
  variant = 14,
  uint32 = 15,
  uint16 = 16,
  int4 = 17,
  bfloat16 = 18,
  int2 = 19,
  uint4 = 20,
  float8_e4m3fn = 21,
  float8_e5m2 = 22,
};

/// As the text form spells it: "float32", "int8", "bool"; "?" outside the enumeration.
std::string_view name(DType dtype);

/// All names by number, as Options wants them for an enumeration.
std::span<const std::string_view> enum_names(DType);

/// The type of that name, if there is one.
std::optional<DType> dtype_of(std::string_view name);

/// Bits of one element; 0 for string, resource and variant, whose elements have no fixed size.
int bits(DType dtype);

/// Bytes of one element. Sub-byte types are never held packed in a Graph, so theirs is 1.
std::int64_t byte_size(DType dtype);

/// Least and most of a range of integers, for instance a clamp.
struct IntegerRange {
  std::int32_t min = -128;
  std::int32_t max = 127;
};

/// All numbers of an integer type of at most 16 bits: int8 is [-128, 127], int4 [-8, 7]. +-(2^31 - 1) for any other,
/// such as a bias: the least int32 is left out because it has no negation.
IntegerRange integer_range(DType dtype);

/// The DType of a C++ type: dtype_of<float>() == DType::float32.
template <class T>
constexpr DType dtype_of();
template <>
constexpr DType dtype_of<float>() {
  return DType::float32;
}
template <>
constexpr DType dtype_of<double>() {
  return DType::float64;
}
template <>
constexpr DType dtype_of<bool>() {
  return DType::boolean;
}
template <>
constexpr DType dtype_of<std::int8_t>() {
  return DType::int8;
}
template <>
constexpr DType dtype_of<std::uint8_t>() {
  return DType::uint8;
}
template <>
constexpr DType dtype_of<std::int16_t>() {
  return DType::int16;
}
template <>
constexpr DType dtype_of<std::uint16_t>() {
  return DType::uint16;
}
template <>
constexpr DType dtype_of<std::int32_t>() {
  return DType::int32;
}
template <>
constexpr DType dtype_of<std::uint32_t>() {
  return DType::uint32;
}
template <>
constexpr DType dtype_of<std::int64_t>() {
  return DType::int64;
}
template <>
constexpr DType dtype_of<std::uint64_t>() {
  return DType::uint64;
}

}  // namespace mirim
