#pragma once

#include <cstdint>

namespace mirim {

/// The value of an IEEE 754 half by its bits: 1 of sign, 5 of exponent, 10 of fraction. Exact.
float float16_to_float(std::uint16_t bits);

/// The bits of the nearest half, ties to even; infinity for |value| >= 65520, and NaN for NaN.
std::uint16_t float_to_float16(float value);

}  // namespace mirim
