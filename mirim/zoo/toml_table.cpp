#include "mirim/zoo/toml_table.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "mirim/base/error.hpp"
#include "mirim/base/spelling.hpp"

namespace mirim {

std::string TomlTable::place(const TomlValue& node) const { return fmt::format("{}:{}", file_, node.line); }

std::string TomlTable::where(std::string_view key) const {
  const auto found = value_.table()->find(key);
  return place(found == value_.table()->end() ? value_ : found->second);
}

void TomlTable::refuse(std::string_view key, std::string_view why) const {
  fail("{}: key '{}': {}", where(key), key, why);
}

const TomlValue* TomlTable::find(std::string_view key) {
  known_.emplace_back(key);
  const auto found = value_.table()->find(key);
  return found == value_.table()->end() ? nullptr : &found->second;
}

void TomlTable::refuse_unknown() const {
  for (const auto& [key, node] : *value_.table()) {
    if (std::find(known_.begin(), known_.end(), key) == known_.end()) {
      fail("{}: unknown key '{}'; {}", place(node), key.substr(0, 60), suggestion(key, known_));
    }
  }
}

void TomlTable::require(std::string_view key, std::string_view why) const {
  if (has(key)) return;
  for (const auto& [written, node] : *value_.table()) {
    const bool read = std::find(known_.begin(), known_.end(), written) != known_.end();
    if (!read && !nearest_word(written, {std::string(key)}).empty()) {
      fail("{}: unknown key '{}'; did you mean '{}'?", place(node), written.substr(0, 60), key);
    }
  }
  refuse(key, why);
}

std::int64_t TomlTable::size(std::string_view key, const TomlValue& node) const {
  if (const auto* number = std::get_if<std::int64_t>(&node.data)) return *number;
  if (const auto* text = std::get_if<std::string>(&node.data)) {
    return in_context(fmt::format("{}: key '{}'", place(node), key), [&] { return evaluate(*text, parameters_); });
  }
  refuse(key, "write a whole number, or an expression of parameters in quotes");
}

std::int32_t TomlTable::small_size(std::string_view key, const TomlValue& node) const {
  const std::int64_t value = size(key, node);
  if (value < 0 || value > std::numeric_limits<std::int32_t>::max()) {
    refuse(key, fmt::format("{} is out of range", value));
  }
  return static_cast<std::int32_t>(value);
}

double TomlTable::number(std::string_view key, const TomlValue& node) const {
  const auto* real = std::get_if<double>(&node.data);
  const auto* integer = std::get_if<std::int64_t>(&node.data);
  if (!real && !integer) refuse(key, "write a number");
  const double result = real ? *real : static_cast<double>(*integer);
  if (!std::isfinite(static_cast<float>(result))) refuse(key, "write a finite number");
  return result;
}

void TomlTable::read(std::string_view key, std::string& value) {
  const TomlValue* node = find(key);
  if (!node) return;
  const auto* text = std::get_if<std::string>(&node->data);
  if (!text) refuse(key, "write a text in quotes");
  value = *text;
}

void TomlTable::read(std::string_view key, bool& value) {
  const TomlValue* node = find(key);
  if (!node) return;
  const auto* truth = std::get_if<bool>(&node->data);
  if (!truth) refuse(key, "write true or false");
  value = *truth;
}

void TomlTable::read(std::string_view key, float& value) {
  if (const TomlValue* node = find(key)) value = static_cast<float>(number(key, *node));
}

void TomlTable::read(std::string_view key, double& value) {
  if (const TomlValue* node = find(key)) value = number(key, *node);
}

void TomlTable::read(std::string_view key, std::int64_t& value) {
  if (const TomlValue* node = find(key)) value = size(key, *node);
}

void TomlTable::read(std::string_view key, std::int32_t& value) {
  if (const TomlValue* node = find(key)) value = small_size(key, *node);
}

void TomlTable::read(std::string_view key, Size2d& value) {
  const TomlValue* node = find(key);
  if (!node) return;
  if (const auto* pair = node->array()) {
    if (pair->size() != 2) refuse(key, "write one number, or [height, width]");
    value = {small_size(key, pair->at(0)), small_size(key, pair->at(1))};
  } else {
    const std::int32_t both = small_size(key, *node);
    value = {both, both};
  }
}

void TomlTable::read(std::string_view key, Padding& value) {
  std::string text;
  read(key, text);
  if (text.empty()) return;
  if (text != "same" && text != "valid") refuse(key, "write \"same\" or \"valid\"");
  value = text == "same" ? Padding::same : Padding::valid;
}

void TomlTable::read(std::string_view key, Shape& value) {
  const TomlValue* node = find(key);
  if (!node) return;
  constexpr std::size_t kMostDimensions = 8;
  std::vector<std::int64_t> dimensions;
  if (const auto* list = node->array()) {
    if (list->size() > kMostDimensions) refuse(key, "has too many dimensions");
    for (const TomlValue& element : *list) dimensions.push_back(size(key, element));
  } else {
    dimensions.push_back(size(key, *node));
  }
  value = Shape(std::move(dimensions));
}

void TomlTable::read(std::string_view key, std::vector<float>& value) {
  const TomlValue* node = find(key);
  if (!node) return;
  value.clear();
  if (const auto* list = node->array()) {
    for (const TomlValue& element : *list) value.push_back(static_cast<float>(number(key, element)));
  } else {
    value.push_back(static_cast<float>(number(key, *node)));
  }
}

void TomlTable::read(std::string_view key, std::vector<std::string>& value) {
  const TomlValue* node = find(key);
  if (!node) return;
  value.clear();
  const auto take = [&](const TomlValue& element) {
    const auto* text = std::get_if<std::string>(&element.data);
    if (!text) refuse(key, "write the name of a layer in quotes, or several in [ ]");
    value.emplace_back(*text);
  };
  if (const auto* list = node->array()) {
    for (const TomlValue& element : *list) take(element);
  } else {
    take(*node);
  }
}

bool TomlTable::has_text(std::string_view key) const {
  const auto found = value_.table()->find(key);
  return found != value_.table()->end() && std::holds_alternative<std::string>(found->second.data);
}

const TomlValue* TomlTable::subtable(std::string_view key) {
  const TomlValue* node = find(key);
  if (!node) return nullptr;
  if (!node->table()) refuse(key, "write a table");
  return node;
}

const TomlValue::Array* TomlTable::subtables(std::string_view key) {
  const TomlValue* node = find(key);
  if (!node) return nullptr;
  const TomlValue::Array* list = node->array();
  const bool sound = list && std::ranges::all_of(*list, [](const TomlValue& one) { return one.table() != nullptr; });
  if (!sound) refuse(key, fmt::format("write tables, each under [[{}]]", key));
  return list;
}

}  // namespace mirim
