#include "mirim/recipe/parsed.hpp"

#include <charconv>
#include <cmath>

namespace mirim {
namespace {

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

template <class T>
bool read(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

double number(std::string_view setting, std::string_view text) {
  double value = 0;
  if (!read(text, value) || !std::isfinite(value)) fail("{}: '{}' is no number", setting, text);
  return value;
}

}  // namespace

std::vector<std::string> parts_of(std::string_view list) {
  std::vector<std::string> parts;
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    parts.emplace_back(trimmed(list.substr(0, comma)));
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  return parts;
}

std::vector<std::pair<std::string, std::string>> named_words(std::string_view setting, std::string_view list,
                                                             std::string_view form) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& one : parts_of(list)) {
    const std::size_t equals = one.rfind('=');
    if (equals == std::string::npos || equals == 0) {
      fail("{}: '{}' is not {}", setting, one, form);
    }
    const std::string_view whole = one;
    pairs.emplace_back(trimmed(whole.substr(0, equals)), trimmed(whole.substr(equals + 1)));
  }
  return pairs;
}

std::map<std::string, double> numbers_by_name(std::string_view setting, const std::string& text) {
  std::map<std::string, double> all;
  for (const auto& [name, word] : named_words(setting, text, "NAME=NUMBER; write for example conv1=0.5,dense=0")) {
    if (!all.emplace(name, number(setting, word)).second) fail("{}: '{}' stands twice", setting, name);
  }
  return all;
}

std::vector<double> numbers_in(std::string_view setting, std::string_view list, std::string_view form) {
  std::vector<double> numbers;
  for (const std::string& one : parts_of(list)) {
    double value = 0;
    if (!read(std::string_view(one), value) || !std::isfinite(value)) {
      fail("{}: '{}' is no number; write {}", setting, one, form);
    }
    numbers.push_back(value);
  }
  return numbers;
}

std::pair<std::int64_t, std::int64_t> two_counts(std::string_view setting, const std::string& text, char separator) {
  const std::size_t at = text.find(separator);
  std::int64_t first = 0, second = 0;
  const std::string_view whole = text;
  const bool sound = at != std::string::npos && read(trimmed(whole.substr(0, at)), first) &&
                     read(trimmed(whole.substr(at + 1)), second) && first >= 1 && second >= 1;
  if (!sound) fail("{} is '{}'; write two whole numbers from 1 on, as 2{}4", setting, text, separator);
  return {first, second};
}

}  // namespace mirim
