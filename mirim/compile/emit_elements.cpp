#include <fmt/format.h>

#include <cstring>
#include <limits>

#include "mirim/compile/emit.hpp"
#include "mirim/graph/literal.hpp"

namespace mirim {

namespace {

constexpr std::size_t kColumns = 116;

template <class T>
std::string element_text(T value) {
  if constexpr (std::is_same_v<T, float>) {
    return float_literal(value);
  } else if constexpr (std::is_same_v<T, bool>) {
    return value ? "true" : "false";
  } else {
    // To a compiler the least integer is minus a number that the type cannot hold.
    if (sizeof(T) >= 4 && std::is_signed_v<T> && value == std::numeric_limits<T>::min())
      return fmt::format("{} - 1", value + 1);
    return fmt::format("{}", value);
  }
}

template <class T>
std::string elements_text(const Bytes& bytes) {
  std::string text, line;
  for (std::size_t at = 0; at + sizeof(T) <= bytes.size(); at += sizeof(T)) {
    T value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    const std::string element = element_text(value);
    if (line.size() + element.size() + 2 > kColumns) {
      text += "    " + line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + element + ",";
  }
  return text + "    " + line + "\n";
}

}  // namespace

std::string emit_elements(const PackedConstant& constant) {
  const Bytes& bytes = *constant.bytes;
  const std::string& type = constant.c_type;
  if (type == "float") return elements_text<float>(bytes);
  if (type == "int8_t") return elements_text<std::int8_t>(bytes);
  if (type == "bool") return elements_text<bool>(bytes);
  if (type == "int16_t") return elements_text<std::int16_t>(bytes);
  if (type == "uint16_t") return elements_text<std::uint16_t>(bytes);
  if (type == "int32_t") return elements_text<std::int32_t>(bytes);
  if (type == "uint32_t") return elements_text<std::uint32_t>(bytes);
  if (type == "int64_t") return elements_text<std::int64_t>(bytes);
  if (type == "uint64_t") return elements_text<std::uint64_t>(bytes);
  return elements_text<std::uint8_t>(bytes);
}

}  // namespace mirim
