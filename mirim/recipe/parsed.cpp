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

/// Cuts off what stands before the next comma.
std::string_view next_of(std::string_view& list) {
  const std::size_t comma = list.find(',');
  const std::string_view one = trimmed(list.substr(0, comma));
  list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  return one;
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

std::map<std::string, double> numbers_by_name(std::string_view setting, const std::string& text) {
  std::map<std::string, double> all;
  for (std::string_view list = text; !list.empty();) {
    const std::string_view one = next_of(list);
    const std::size_t equals = one.rfind('=');
    if (equals == std::string_view::npos || equals == 0) {
      fail("{}: '{}' is not NAME=NUMBER; write for example conv1=0.5,dense=0", setting, one);
    }
    const std::string name(trimmed(one.substr(0, equals)));
    if (!all.emplace(name, number(setting, trimmed(one.substr(equals + 1)))).second) {
      fail("{}: '{}' stands twice", setting, name);
    }
  }
  return all;
}

std::vector<double> numbers(std::string_view setting, const std::string& text) {
  std::vector<double> all;
  for (std::string_view list = text; !list.empty();) all.push_back(number(setting, next_of(list)));
  return all;
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
