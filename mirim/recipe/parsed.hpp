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

/// "conv1=0.5,dense=0" as numbers by name. Throws Error.
std::map<std::string, double> numbers_by_name(std::string_view setting, const std::string& text);

/// "0,0.5,0.9". Throws Error.
std::vector<double> numbers(std::string_view setting, const std::string& text);

/// "1x4" as (1, 4), "2:4" with ':' as separator. Throws Error unless both are whole numbers from 1 on.
std::pair<std::int64_t, std::int64_t> two_counts(std::string_view setting, const std::string& text, char separator);

}  // namespace mirim
