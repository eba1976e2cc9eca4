#pragma once

#include <string>
#include <string_view>

namespace mirim {

/// Throws Error unless the name can be the prefix of a compiled model's functions and the stem of its files: letters,
/// digits and _, a letter first; no keyword of C or C++, and no name whose NAME.h or NAME.cpp would hide another file
/// (stdint.h, errno.h, main.cpp).
void check_name(std::string_view name);

/// The nearest valid name to a file's stem: "My model-v2" becomes "My_model_v2", "1st" "model_1st", "float"
/// "float_model".
std::string name_from(std::string_view stem);

}  // namespace mirim
