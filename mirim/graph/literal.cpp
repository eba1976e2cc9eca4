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
  return fmt::format("{:a}f", value);  // hexadecimal: the very bits
}

}  // namespace mirim
