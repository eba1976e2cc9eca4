#include "mirim/zoo/toml_document.hpp"

#include <toml++/toml.h>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 20;

/// Recursion is as deep as toml++ lets a text nest (256).
TomlValue convert(const toml::node& node) {
  TomlValue result{.data = {}, .line = static_cast<int>(node.source().begin.line)};
  if (const toml::table* table = node.as_table()) {
    TomlValue::Table entries;
    for (const auto& [key, value] : *table) entries.emplace(std::string(key.str()), convert(value));
    result.data = std::move(entries);
  } else if (const toml::array* array = node.as_array()) {
    TomlValue::Array elements;
    for (const toml::node& element : *array) elements.push_back(convert(element));
    result.data = std::move(elements);
  } else if (const auto text = node.value_exact<std::string>()) {
    result.data = *text;
  } else if (const auto integer = node.value_exact<std::int64_t>()) {
    result.data = *integer;
  } else if (const auto real = node.value_exact<double>()) {
    result.data = *real;
  } else if (const auto truth = node.value_exact<bool>()) {
    result.data = *truth;
  }
  return result;
}

}  // namespace

TomlValue parse_toml(std::string_view text, const std::string& file) {
  if (text.size() > kMostBytes) fail("{}: {} bytes are too many; is it the right file?", file, text.size());
  try {
    return convert(toml::parse(text, file));
  } catch (const toml::parse_error& error) {
    fail("{}:{}:{}: {}", file, error.source().begin.line, error.source().begin.column, error.description());
  }
}

}  // namespace mirim
