#include "mirim/graph/kernel_call.hpp"

#include <fmt/format.h>

#include "mirim/graph/literal.hpp"

namespace mirim::detail {

std::string parameter_text(std::int64_t value) {
  // -2147483648 is, to the compiler, minus a number that int cannot hold.
  if (value == INT32_MIN) return "-2147483647 - 1";
  return fmt::format("{}", value);
}

std::string parameter_text(float value) { return float_literal(value); }

}  // namespace mirim::detail
