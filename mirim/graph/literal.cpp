#include "mirim/graph/literal.hpp"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstdint>

namespace mirim {

std::string float_literal(float value) {
  const char* sign = std::signbit(value) ? "-" : "";
  if (std::isinf(value)) return fmt::format("{}__builtin_inff()", sign);
  if (std::isnan(value)) {
    const std::uint32_t payload = std::bit_cast<std::uint32_t>(value) & 0x3FFFFFU;
    return fmt::format("{}__builtin_nanf(\"{:#x}\")", sign, payload);
  }
  // Nine digits give exactly the same bits. Hexadecimal floats would too, but C++14 has none.
  const std::string digits = fmt::format("{:.9g}", value);
  return digits + (digits.find_first_of(".e") == std::string::npos ? ".0f" : "f");
}

}  // namespace mirim
