#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/data/dataset.hpp"

namespace mirim {

/// How whole numbers become classes:
///   0 to the largest   where 0 occurs
///   1 to the largest   where 1 is the smallest
///   those that occur   else, and where most of the numbers between do not occur
/// Classes are in order of the numbers and named by them; numbers between that do not occur are classes too.
struct NumberClasses {
  /// Of the numbers that occur. Throws Error for more than 100,000 classes.
  explicit NumberClasses(std::vector<std::int64_t> occurring);

  std::int32_t of(std::int64_t number) const;

  std::vector<std::string> names{};
  std::vector<std::string> notes{};

 private:
  std::vector<std::int64_t> numbers_{};
};

/// Whether `different` whole numbers from `least` to `most`, which stand for `samples`, are classes rather than numbers
/// to predict: at most 20, or most of those from 0 or 1 on. More than 10 of which none comes twice must be all of them.
bool look_like_classes(double least, double most, std::size_t different, std::size_t samples);

/// Sets labels and classes. Throws Error when there are not as many as samples.
void set_labels(Dataset& data, std::span<const std::int64_t> labels, const NumberClasses& classes);

/// Texts as classes, taken one at a time; each text is kept once. In order: numbers by value, then texts by name.
class TextLabels {
 public:
  /// Throws Error at more than 100,000 different ones.
  void add(std::string_view text);
  void reserve(std::int64_t labels) { labels_.reserve(static_cast<std::size_t>(labels)); }
  void set(Dataset& data) &&;

 private:
  std::map<std::string, std::int32_t, std::less<>> ids_{};
  std::vector<std::int32_t> labels_{};
};

/// Numbers as classes or as targets, taken one at a time; each is kept once while they are few.
class NumberLabels {
 public:
  /// `most` different ones; when there are more, none is a class.
  explicit NumberLabels(std::size_t most) : most_(most) {}

  void add(double value);
  void reserve(std::int64_t labels) { labels_.reserve(static_cast<std::size_t>(labels)); }
  /// Whether the values, all whole ones, look like classes rather than like numbers to predict.
  bool look_like_classes() const;
  /// More than so many are different.
  bool more_than(std::size_t count) const { return too_many_ || ids_.size() > count; }
  void set_classes(Dataset& data) &&;
  void set_targets(Dataset& data) &&;

 private:
  void give_up();

  std::size_t most_;
  bool too_many_ = false;
  std::map<double, std::int32_t> ids_{};
  std::vector<std::int32_t> labels_{};
  std::vector<float> values_{};  ///< once there are too many
};

}  // namespace mirim
