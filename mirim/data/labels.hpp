#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/data/dataset.hpp"

namespace mirim {

/// The classes of whole-number labels:
///   0 to the largest   if 0 occurs
///   1 to the largest   if 1 is the smallest
///   those that occur   otherwise, or if most of the numbers in between do not occur
/// Classes are ordered and named by their numbers; in the first two cases numbers that do not occur are classes too.
struct NumberClasses {
  /// From the numbers that occur. Throws Error for more than 100,000 classes.
  explicit NumberClasses(std::vector<std::int64_t> occurring);

  std::int32_t of(std::int64_t number) const;

  std::vector<std::string> names{};
  std::vector<std::string> notes{};

 private:
  std::vector<std::int64_t> numbers_{};
};

/// Whether `different` whole numbers from `least` to `most`, in `samples` samples, are classes rather than values to
/// predict: at most 20, or most of those from 0 or 1 on. More than 10 that never repeat must be all of them.
bool look_like_classes(double least, double most, std::size_t different, std::size_t samples);

/// Sets labels and classes. Throws Error unless there is one for each sample.
void set_labels(Dataset& data, std::span<const std::int64_t> labels, const NumberClasses& classes);

/// Texts as classes, added one at a time; each text is stored once. In order: numbers by value, then texts by name.
class TextLabels {
 public:
  /// Throws Error for more than 100,000 different ones.
  void add(std::string_view text);
  void reserve(std::int64_t labels) { labels_.reserve(static_cast<std::size_t>(labels)); }
  void set(Dataset& data) &&;

 private:
  std::map<std::string, std::int32_t, std::less<>> ids_{};
  std::vector<std::int32_t> labels_{};
};

/// Numbers as classes or as targets, added one at a time; each is stored once while they are few.
class NumberLabels {
 public:
  /// At most `most` different ones; with more, none is a class.
  explicit NumberLabels(std::size_t most) : most_(most) {}

  void add(double value);
  void reserve(std::int64_t labels) { labels_.reserve(static_cast<std::size_t>(labels)); }
  /// Whether the values, all of them whole, look like classes rather than values to predict.
  bool look_like_classes() const;
  /// Whether more than `count` are different.
  bool more_than(std::size_t count) const { return too_many_ || ids_.size() > count; }
  void set_classes(Dataset& data) &&;
  void set_targets(Dataset& data) &&;

 private:
  void give_up();

  std::size_t most_;
  bool too_many_ = false;
  std::map<double, std::int32_t> ids_{};
  std::vector<std::int32_t> labels_{};
  std::vector<float> values_{};  ///< used once there are too many
};

}  // namespace mirim
