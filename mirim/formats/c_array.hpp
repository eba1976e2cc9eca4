#pragma once

#include <optional>
#include <string_view>

#include "mirim/base/bytes.hpp"

namespace mirim {

/// The bytes of the first C array in `source` that holds a .tflite file ("TFL3" from byte 4 on), as `xxd -i` and
/// Arduino sketches have it: `const unsigned char model[] = {0x1c, 0x00, ...};`. Numbers are decimal, hexadecimal or
/// octal, from -128 to 255, with comments anywhere. None if there is no such array.
std::optional<Bytes> tflite_in_c_array(std::string_view source);

}  // namespace mirim
