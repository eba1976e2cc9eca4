#include "mirim/data/classes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "mirim/base/error.hpp"
#include "mirim/data/parts.hpp"

namespace mirim {
namespace {

using Names = std::vector<std::string>;

std::optional<std::int64_t> integer(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The classes that occur, in order.
std::vector<std::size_t> used_classes(const Dataset& data) {
  std::vector<bool> used(data.class_names.size());
  for (const std::int32_t label : data.labels) used[static_cast<std::size_t>(label)] = true;
  std::vector<std::size_t> result;
  for (std::size_t c = 0; c < used.size(); ++c) {
    if (used[c]) result.push_back(c);
  }
  return result;
}

/// The new number of each class; arbitrary for those that do not occur.
using Renumbering = std::vector<std::int32_t>;

/// None if a class that occurs is not among the names.
std::optional<Renumbering> by_name(const Dataset& data, const std::vector<std::size_t>& used, const Names& names) {
  Renumbering to(data.class_names.size());
  for (const std::size_t c : used) {
    const auto found = std::find(names.begin(), names.end(), data.class_names[c]);
    if (found == names.end()) return std::nullopt;
    to[c] = static_cast<std::int32_t>(found - names.begin());
  }
  return to;
}

/// Numbers as positions, counted from `first`. None if one is out of range.
std::optional<Renumbering> by_position(const Dataset& data, const std::vector<std::size_t>& used, std::int64_t first,
                                       std::size_t count) {
  Renumbering to(data.class_names.size());
  for (const std::size_t c : used) {
    const auto value = integer(data.class_names[c]);
    if (!value || *value < first || *value - first >= static_cast<std::int64_t>(count)) return std::nullopt;
    to[c] = static_cast<std::int32_t>(*value - first);
  }
  return to;
}

void renumber(Dataset& data, const Renumbering& to, Names names) {
  for (std::int32_t& label : data.labels) label = to[static_cast<std::size_t>(label)];
  data.class_names = std::move(names);
}

/// For a model without class names: the data's own, in their order, if there are as many as outputs.
bool by_order(Dataset& data, const std::vector<std::size_t>& used, std::size_t count) {
  if (data.class_names.size() == count) {
    if (data.named_classes)
      data.notes.push_back(fmt::format("classes 0 to {}: {}", count - 1, listed(data.class_names)));
    return true;
  }
  if (data.named_classes || used.size() != count) return false;
  Renumbering to(data.class_names.size());
  Names names;
  for (const std::size_t c : used) {
    to[c] = static_cast<std::int32_t>(names.size());
    names.push_back(data.class_names[c]);
  }
  data.notes.push_back(fmt::format("classes 0 to {}: the labels {}", count - 1, listed(names)));
  renumber(data, to, std::move(names));
  return true;
}

}  // namespace

std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 12;
  if (names.size() <= kMost) return fmt::format("{}", fmt::join(names, ", "));
  return fmt::format("{}, ... {} in all", fmt::join(names.begin(), names.begin() + kMost, ", "), names.size());
}

std::vector<std::string> numbered_classes(std::int64_t count) {
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < count; ++i) names.push_back(std::to_string(i));
  return names;
}

std::vector<std::string> names_for_outputs(const Dataset& data, std::int64_t outputs) {
  if (data.labels.empty() || data.named_classes || std::ssize(data.class_names) == std::max<std::int64_t>(2, outputs)) {
    return data.class_names;
  }
  const std::vector<std::size_t> used = used_classes(data);
  // One output separates two classes.
  if (std::ssize(used) == std::max<std::int64_t>(2, outputs)) {
    Names names;
    for (const std::size_t c : used) names.push_back(data.class_names[c]);
    return names;
  }
  const auto first = integer(data.class_names.front()), last = integer(data.class_names.back());
  const bool numbers_of_outputs = first && last && *first > 0 && *last < outputs;
  return numbers_of_outputs ? numbered_classes(*last + 1) : data.class_names;
}

void match_classes(Dataset& data, const std::vector<std::string>& names) {
  if (data.labels.empty() || data.class_names == names) return;
  const std::vector<std::size_t> used = used_classes(data);
  const auto named = by_name(data, used, names);
  if (named) {
    renumber(data, *named, names);
    data.named_classes = names != numbered_classes(std::ssize(names));
    return;
  }
  const bool nameless = names == numbered_classes(std::ssize(names));
  if (nameless && by_order(data, used, names.size())) return;
  const bool texts = std::none_of(names.begin(), names.end(), [](const std::string& name) { return integer(name); });
  if (!data.named_classes && texts) {
    for (const std::int64_t first : {0, 1}) {
      const auto positions = by_position(data, used, first, names.size());
      if (!positions) continue;
      data.notes.push_back(fmt::format("labels {} to {}: {}", first, first + std::ssize(names) - 1, listed(names)));
      renumber(data, *positions, names);
      data.named_classes = true;
      return;
    }
  }
  Names own;
  for (const std::size_t c : used) own.push_back(data.class_names[c]);
  if (nameless) fail("the data has {} classes ({}), the model {} outputs", own.size(), listed(own), names.size());
  for (const std::string& name : own) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    fail("the data has the class '{}', which is not among the model's: {}", name, listed(names));
  }
}

Subset match_classes(Subset samples, const std::vector<std::string>& names) {
  if (!samples.data || samples.data->labels.empty() || samples.data->class_names == names) return samples;
  if (names.empty()) return samples;  // an autoencoder's training set has no classes; those of its test set stay
  Dataset matched = *samples.data;
  match_classes(matched, names);
  samples.data = std::make_shared<const Dataset>(std::move(matched));
  return samples;
}

Splits match_classes(Splits splits, const std::vector<std::string>& names) {
  return with_each_part(std::move(splits), [&](Subset part) { return match_classes(std::move(part), names); });
}

}  // namespace mirim
