#pragma once

#include <string>
#include <string_view>

namespace mirim {

/// Whether it is valid UTF-8 without control characters, as a name in a file should be.
bool is_text(std::string_view text);

/// A name from a file, fit for a message: at most 80 bytes of it, cut between characters.
std::string shortened(std::string_view name);

}  // namespace mirim
