#include "mirim/base/language.hpp"

#include "mirim/base/error.hpp"

namespace mirim {

std::string_view name(Language language) { return language == Language::pt ? "pt" : "en"; }

Language parse_language(std::string_view text) {
  if (text == "en") return Language::en;
  if (text == "pt") return Language::pt;
  fail("language '{}' is unknown: there are en and pt", text);
}

}  // namespace mirim
