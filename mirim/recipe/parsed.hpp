#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mirim/base/error.hpp"
#include "mirim/base/spelling.hpp"

/// Settings whose text stands for something else.
namespace mirim {

/// What a word stands for. Throws Error with the nearest known one.
template <class E, std::size_t N>
E chosen(std::string_view setting, const std::string& value,
         const std::array<std::pair<std::string_view, E>, N>& choices) {
  std::vector<std::string> known;
  for (const auto& [word, choice] : choices) {
    if (word == value) return choice;
    known.emplace_back(word);
  }
  fail("{} '{}' is unknown; {}", setting, value, suggestion(value, known));
}

/// "a, b,c" as its parts, without the spaces around them; none of an empty text.
std::vector<std::string> parts_of(std::string_view list);

/// "conv1=8,dense=ternary" as pairs in order. Throws Error, with `form` as what to write, for a part that is not
/// NAME=WORD.
std::vector<std::pair<std::string, std::string>> named_words(std::string_view setting, std::string_view list,
                                                             std::string_view form);

/// "conv1=0.5,dense=0" as numbers by name. Throws Error.
std::map<std::string, double> numbers_by_name(std::string_view setting, const std::string& text);

/// "1, 2,0.5" as numbers. Throws Error, with `form` as what to write, for a part that is none.
std::vector<double> numbers_in(std::string_view setting, std::string_view list, std::string_view form);

/// "1x4" as (1, 4), "2:4" with ':' as separator. Throws Error unless both are whole numbers from 1 on.
std::pair<std::int64_t, std::int64_t> two_counts(std::string_view setting, const std::string& text, char separator);

}  // namespace mirim
