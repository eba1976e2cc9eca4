#include "mirim/base/source_options.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>

#include "mirim/base/error.hpp"
#include "mirim/base/spelling.hpp"

namespace mirim {

SourceOptions::SourceOptions(std::string_view kind, std::string_view text, const std::vector<std::string>& keys)
    : kind_(kind) {
  std::error_code error;
  const bool whole = text.find('?') < text.size() && std::filesystem::exists(std::filesystem::path(text), error);
  const std::size_t question = whole ? text.size() : std::min(text.find('?'), text.size());
  place_ = text.substr(0, question);
  for (std::size_t at = question; at < text.size();) {
    const std::size_t end = std::min(text.find('&', at + 1), text.size());
    const std::string_view option = text.substr(at + 1, end - at - 1);
    const std::size_t equals = std::min(option.find('='), option.size());
    const std::string key(option.substr(0, equals));
    if (std::ranges::find(keys, key) == keys.end())
      fail("{}: there is no option '{}', {}", kind, key, suggestion(key, keys));
    const std::string_view value = option.substr(std::min(equals + 1, option.size()));
    if (value.empty()) fail("{}: {}= has no value", kind, key);
    if (!values_.emplace(key, value).second) fail("{}: {} is given twice", kind, key);
    at = end;
  }
}

double SourceOptions::number(std::string_view key, double otherwise, double least, double most) const {
  return number(key, otherwise, least, most, false);
}

std::int64_t SourceOptions::whole(std::string_view key, std::int64_t otherwise, std::int64_t least,
                                  std::int64_t most) const {
  return static_cast<std::int64_t>(
      number(key, static_cast<double>(otherwise), static_cast<double>(least), static_cast<double>(most), true));
}

double SourceOptions::number(std::string_view key, double otherwise, double least, double most, bool whole) const {
  const auto found = values_.find(key);
  if (found == values_.end()) return otherwise;
  const std::string& text = found->second;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool number = error == std::errc() && end == text.data() + text.size();
  if (!number || !(value >= least && value <= most) || (whole && value != std::floor(value))) {
    fail("{}: {}={}: expected a {}number from {} to {}", kind_, key, text, whole ? "whole " : "", least, most);
  }
  return value;
}

std::string SourceOptions::text(std::string_view key, std::string_view otherwise) const {
  const auto found = values_.find(key);
  return found == values_.end() ? std::string(otherwise) : found->second;
}

std::string SourceOptions::one_of(std::string_view key, const std::vector<std::string>& names) const {
  std::string value = text(key, names[0]);
  if (std::ranges::find(names, value) == names.end())
    fail("{}: {}={}: expected {}", kind_, key, value, fmt::join(names, ", "));
  return value;
}

std::vector<std::string> SourceOptions::list(std::string_view key) const {
  std::vector<std::string> parts;
  const std::string value = text(key, "");
  for (std::size_t at = 0; at < value.size();) {
    const std::size_t end = std::min(value.find('+', at), value.size());
    if (end == at) fail("{}: {}={}: a name is empty", kind_, key, value);
    parts.push_back(value.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

}  // namespace mirim
