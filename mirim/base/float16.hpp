#pragma once

#include <cstdint>

namespace mirim {

/// The value of an IEEE 754 half by its bits: 1 of sign, 5 of exponent, 10 of fraction. Exact.
float float16_to_float(std::uint16_t bits);

}  // namespace mirim
