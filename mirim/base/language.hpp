#pragma once

#include <string_view>

namespace mirim {

/// The languages that pages and the course are written in; pt is Brazilian Portuguese.
enum class Language { en, pt };

/// "en" or "pt": as options, files and <html lang> spell it.
std::string_view name(Language language);

/// The way back. Throws Error for any other text, naming the two.
Language parse_language(std::string_view text);

}  // namespace mirim
