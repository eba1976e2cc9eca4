#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mirim {

/// Whether it is valid UTF-8 without control characters, as a name in a file should be.
bool is_text(std::string_view text);

/// A name from a file, shortened for a message: at most 80 bytes of it, cut between characters.
std::string shortened(std::string_view name);

/// A text for XML and SVG: marks as entities; control characters other than line breaks become '?'.
std::string escaped_xml(std::string_view text);

/// The first of the names that TensorFlow Lite joins with ';' for a fused layer.
std::string_view short_name(std::string_view name);

/// "12,345".
std::string with_commas(std::int64_t value);

/// Merges lines that say the same of several things: "tensor 3 'a': is odd" and "tensor 5 'b': is odd" become the first
/// of them and " (and 1 more like it)". The order stays.
std::vector<std::string> without_repeats(const std::vector<std::string>& lines);

}  // namespace mirim
