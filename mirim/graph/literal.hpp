#pragma once

#include <string>

namespace mirim {

/// The number as C++ with the same bits. Infinity and NaN use builtins of GCC and Clang, since not every device has a
/// header with names for them.
std::string float_literal(float value);

}  // namespace mirim
