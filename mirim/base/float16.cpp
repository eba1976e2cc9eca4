#include "mirim/base/float16.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace mirim {

float float16_to_float(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  const auto fraction = static_cast<float>(bits & 1023);
  float value = 0;
  if (exponent == 31) {
    value = fraction == 0 ? std::numeric_limits<float>::infinity() : std::numeric_limits<float>::quiet_NaN();
  } else {
    value = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  }
  return (bits & 0x8000) != 0 ? -value : value;
}

std::uint16_t float_to_float16(float value) {
  const std::uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  if (std::isnan(value)) return sign | 0x7e00;
  const double size = std::fabs(static_cast<double>(value));
  if (size >= 65520) return sign | 0x7c00;
  int exponent = 0;
  std::frexp(size, &exponent);  // size = m 2^exponent, m in [1/2, 1)
  // A normal half has 11 bits, a subnormal one is a multiple of 2^-24.
  const int unit = std::max(exponent - 11, -24);
  const double steps = std::nearbyint(std::ldexp(size, -unit));  // at most 2048; exact but for this rounding
  if (steps < 1024) return static_cast<std::uint16_t>(sign | static_cast<int>(steps));
  // 2048 steps carry into the exponent by the sum.
  const int bits = ((unit + 25) << 10) + static_cast<int>(steps) - 1024;
  return static_cast<std::uint16_t>(sign | bits);
}

}  // namespace mirim
