#pragma once

#include <string>

namespace mirim {

/// The number as C++ that gives the same bits, infinity and NaN too. Those take builtins of GCC and Clang, since not
/// every device has a header with names for them.
std::string float_literal(float value);

}  // namespace mirim
