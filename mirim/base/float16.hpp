#pragma once

#include <cstdint>

namespace mirim {

/// The number that the bits of an IEEE 754 half stand for: 1 of sign, 5 of exponent, 10 of fraction. Exact.
float float16_to_float(std::uint16_t bits);

}  // namespace mirim
