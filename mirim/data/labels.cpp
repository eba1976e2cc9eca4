#include "mirim/data/labels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "mirim/base/error.hpp"
#include "mirim/data/classes.hpp"
#include "mirim/formats/csv.hpp"

namespace mirim {
namespace {

constexpr std::size_t kMostClasses = 100000;

/// Moves each key, and its labels, to its position in the new order.
template <class Ids, class Order, class Name>
void set_in_order(Dataset& data, Ids& ids, std::vector<std::int32_t>&& labels, const Order& before, const Name& name) {
  std::vector<typename Ids::value_type*> order;
  for (auto& entry : ids) order.push_back(&entry);
  std::stable_sort(order.begin(), order.end(), [&](auto* a, auto* b) { return before(a->first, b->first); });
  std::vector<std::int32_t> to(order.size());
  for (auto* entry : order) {
    to[static_cast<std::size_t>(entry->second)] = static_cast<std::int32_t>(data.class_names.size());
    data.class_names.push_back(name(entry->first));
  }
  for (std::int32_t& label : labels) label = to[static_cast<std::size_t>(label)];
  data.labels = std::move(labels);
}

bool is_whole(double value) { return std::fabs(value) < 9e15 && value == std::floor(value); }

}  // namespace

NumberClasses::NumberClasses(std::vector<std::int64_t> occurring) : numbers_(std::move(occurring)) {
  std::sort(numbers_.begin(), numbers_.end());
  numbers_.erase(std::unique(numbers_.begin(), numbers_.end()), numbers_.end());
  if (numbers_.empty()) return;
  if (numbers_.size() > kMostClasses)
    fail("has {} different labels, at most {} are classes", numbers_.size(), kMostClasses);
  const std::int64_t first = numbers_.front(), last = numbers_.back();
  const auto count = std::ssize(numbers_);
  const std::vector<std::int64_t> occur = numbers_;
  if ((first == 0 || first == 1) && last < 2 * count + 10) {
    numbers_.clear();
    for (std::int64_t number = first; number <= last; ++number) numbers_.push_back(number);
  }
  for (const std::int64_t number : numbers_) names.push_back(std::to_string(number));
  if (first != 0) {
    notes.push_back(fmt::format("no label is 0: the model's first class is the label {}, its last {}", first, last));
  }
  if (occur.size() == numbers_.size()) return;
  std::vector<std::string> absent;
  for (const std::int64_t number : numbers_) {
    if (!std::binary_search(occur.begin(), occur.end(), number)) absent.push_back(std::to_string(number));
  }
  notes.push_back(fmt::format("classes without a sample: {}", listed(absent)));
}

std::int32_t NumberClasses::of(std::int64_t number) const {
  return static_cast<std::int32_t>(std::lower_bound(numbers_.begin(), numbers_.end(), number) - numbers_.begin());
}

bool look_like_classes(double least, double most, std::size_t different, std::size_t samples) {
  const double range = most - least + 1;
  const auto count = static_cast<double>(different);
  const bool counted = least == 0 || least == 1;
  if (different > 10 && different == samples && !(counted && range == count)) return false;
  return different <= 20 || (counted && range < 2 * count + 10);
}

void set_labels(Dataset& data, std::span<const std::int64_t> labels, const NumberClasses& classes) {
  if (std::ssize(labels) != data.size()) fail("has {} labels for {} samples", labels.size(), data.size());
  data.labels.clear();
  for (const std::int64_t label : labels) data.labels.push_back(classes.of(label));
  data.class_names = classes.names;
  data.notes.insert(data.notes.end(), classes.notes.begin(), classes.notes.end());
}

void TextLabels::add(std::string_view text) {
  auto found = ids_.find(text);
  if (found == ids_.end()) {
    if (ids_.size() == kMostClasses) fail("has more than {} different labels", kMostClasses);
    found = ids_.emplace(text, static_cast<std::int32_t>(ids_.size())).first;
  }
  labels_.push_back(found->second);
}

void TextLabels::set(Dataset& data) && {
  const auto before = [](const std::string& a, const std::string& b) {
    const auto x = csv_number(a), y = csv_number(b);
    if (x && y) return *x < *y;
    return x && !y;
  };
  set_in_order(data, ids_, std::move(labels_), before, [](const std::string& text) { return text; });
  data.named_classes = true;
}

void NumberLabels::add(double value) {
  if (too_many_) {
    values_.push_back(static_cast<float>(value));
    return;
  }
  const auto [entry, added] = ids_.emplace(value, static_cast<std::int32_t>(ids_.size()));
  labels_.push_back(entry->second);
  if (added && ids_.size() > most_) give_up();
}

void NumberLabels::give_up() {
  too_many_ = true;
  std::vector<float> values(ids_.size());
  for (const auto& [value, id] : ids_) values[static_cast<std::size_t>(id)] = static_cast<float>(value);
  values_.reserve(labels_.capacity());
  for (const std::int32_t label : labels_) values_.push_back(values[static_cast<std::size_t>(label)]);
  labels_ = {};
  ids_.clear();
}

bool NumberLabels::look_like_classes() const {
  return !too_many_ && !ids_.empty() &&
         mirim::look_like_classes(ids_.begin()->first, ids_.rbegin()->first, ids_.size(), labels_.size());
}

void NumberLabels::set_classes(Dataset& data) && {
  if (!std::all_of(ids_.begin(), ids_.end(), [](const auto& entry) { return is_whole(entry.first); })) {
    set_in_order(data, ids_, std::move(labels_), std::less<double>(), [](double v) { return fmt::format("{}", v); });
    return;
  }
  std::vector<std::int64_t> numbers(ids_.size());
  for (const auto& [value, id] : ids_) numbers[static_cast<std::size_t>(id)] = static_cast<std::int64_t>(value);
  const NumberClasses classes(numbers);
  for (std::int32_t& label : labels_) label = classes.of(numbers[static_cast<std::size_t>(label)]);
  data.labels = std::move(labels_);
  data.class_names = classes.names;
  data.notes.insert(data.notes.end(), classes.notes.begin(), classes.notes.end());
}

void NumberLabels::set_targets(Dataset& data) && {
  if (!too_many_) give_up();
  data.targets = std::move(values_);
  data.target_size = 1;
}

}  // namespace mirim
