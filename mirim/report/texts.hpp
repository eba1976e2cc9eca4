#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "mirim/base/language.hpp"

namespace mirim::report {

/// A text of mirim/report/texts/en.json or pt.json with its placeholders filled: text(Language::pt, "chart.source",
/// {{"name", "Epoch AI"}}) puts the value where {name} stands. A text that depends on a number has the forms "one" and
/// "other", chosen by the whole number `n` among the values as the language does it. Numbers are given as they shall be
/// read. Throws Error for a key that the files lack and for a placeholder without a value.
std::string text(Language language, std::string_view key,
                 std::initializer_list<std::pair<std::string_view, std::string>> values = {});

/// All texts of a language: its file, JSON of one object.
std::string_view texts_json(Language language);

}  // namespace mirim::report
