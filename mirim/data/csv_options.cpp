#include "mirim/data/csv_options.hpp"

#include <algorithm>
#include <array>

#include "mirim/base/error.hpp"
#include "mirim/base/spelling.hpp"

namespace mirim {
namespace {

constexpr std::array<std::string_view, 9> kKeys{"label",   "target", "features", "drop", "sep",
                                                "decimal", "header", "missing",  "shape"};

bool known_key_at(std::string_view text) {
  return std::any_of(kKeys.begin(), kKeys.end(), [&](std::string_view key) {
    return text.starts_with(key) && text.substr(key.size()).starts_with('=');
  });
}

/// The first position of one of `marks` that is followed by a known key.
std::size_t next_option(std::string_view text, std::string_view marks, std::size_t from) {
  for (std::size_t at = from; at < text.size(); ++at) {
    if (marks.find(text[at]) != std::string_view::npos && known_key_at(text.substr(at + 1))) return at;
  }
  return std::string_view::npos;
}

/// A '&' always ends a value; a comma only before a known key, since names hold commas too.
std::size_t end_of_value(std::string_view text, std::size_t from) {
  return std::min({text.find('&', from), next_option(text, ",", from), text.size()});
}

char character(std::string_view key, const std::string& value) {
  constexpr std::array kNames{std::pair("comma", ','), std::pair("semicolon", ';'), std::pair("tab", '\t'),
                              std::pair("\\t", '\t'),  std::pair("pipe", '|'),      std::pair("space", ' '),
                              std::pair("point", '.'), std::pair("dot", '.')};
  for (const auto& [name, c] : kNames) {
    if (value == name) return c;
  }
  if (value.size() != 1 || value[0] == '"' || value[0] == '\n' || value[0] == '\r') {
    fail("{}={}: expected one character, or comma, semicolon, tab, pipe, space or point", key, value);
  }
  return value[0];
}

bool choice(std::string_view key, const std::string& value, std::string_view no, std::string_view yes) {
  if (value != no && value != yes) fail("{}={}: expected {} or {}", key, value, no, yes);
  return value == yes;
}

/// Of images: with an axis of channels.
Shape image_shape(std::string_view key, const std::string& value) {
  const Shape shape = in_context(fmt::format("{}={}", key, value), [&] { return parse_shape(value); });
  if (shape.rank() != 2 && shape.rank() != 3) fail("{}={}: expected HEIGHTxWIDTH or HEIGHTxWIDTHxCHANNELS", key, value);
  return shape.rank() == 3 ? shape : Shape{shape[0], shape[1], 1};
}

void set(CsvOptions& options, std::string_view key, const std::string& value) {
  if (value.empty()) fail("{}= has no value", key);
  if (key == "label") options.label = value;
  if (key == "target") options.targets.push_back(value);
  if (key == "features") options.features.push_back(value);
  if (key == "drop") options.drop.push_back(value);
  if (key == "sep") options.separator = character(key, value);
  if (key == "header") options.header = choice(key, value, "no", "yes");
  if (key == "missing") options.skip_missing = choice(key, value, "error", "skip");
  if (key == "shape") options.shape = image_shape(key, value);
  if (key == "decimal") {
    options.decimal = character(key, value);
    if (*options.decimal != '.' && *options.decimal != ',') fail("decimal={}: expected a comma or a point", value);
  }
}

}  // namespace

std::pair<std::filesystem::path, CsvOptions> parse_csv_spec(std::string_view text) {
  std::size_t at = next_option(text, "?,", 0);
  std::error_code error;
  // A mistyped key; but a file may have any name.
  if (at > text.size() && !std::filesystem::exists(std::filesystem::path(text), error)) {
    at = std::min(text.find('?'), text.find('=') < text.size() ? text.find(',') : std::string_view::npos);
  }
  CsvOptions options;
  const std::filesystem::path file(text.substr(0, at));
  while (at < text.size()) {
    const auto end = end_of_value(text, at + 1);
    const std::string_view option = text.substr(at + 1, end - at - 1);
    const auto equals = option.find('=');
    const std::string key(option.substr(0, equals));
    if (equals == std::string_view::npos || !known_key_at(option)) {
      fail("csv: there is no option '{}'; {}", key, suggestion(key, {kKeys.begin(), kKeys.end()}));
    }
    set(options, key, std::string(option.substr(equals + 1)));
    at = end;
  }
  if (!options.label.empty() && options.label != "none" && !options.targets.empty()) {
    fail("csv: label= names classes and target= numbers to predict; give one of them");
  }
  if (!options.features.empty() && !options.drop.empty()) {
    fail("csv: features= says which columns are read, drop= which are not; give one of them");
  }
  return {file, options};
}

}  // namespace mirim
