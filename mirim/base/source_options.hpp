#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mirim {

/// The text behind "points:", "strokes:" and the like: PLACE?key=value&key=value.
class SourceOptions {
 public:
  /// `kind` begins every message. Throws Error for a key that is not in `keys`, one that is given twice, or one without
  /// a value. A file whose name has a question mark is the place as a whole.
  SourceOptions(std::string_view kind, std::string_view text, const std::vector<std::string>& keys);

  const std::string& place() const { return place_; }
  bool has(std::string_view key) const { return values_.contains(key); }

  /// The value of a key, or `otherwise` if it was not given. Throws Error, with the range, for another number.
  double number(std::string_view key, double otherwise, double least, double most) const;
  std::int64_t whole(std::string_view key, std::int64_t otherwise, std::int64_t least, std::int64_t most) const;
  std::string text(std::string_view key, std::string_view otherwise) const;
  /// One of `names`; if it was not given the first.
  std::string one_of(std::string_view key, const std::vector<std::string>& names) const;
  /// The parts between '+'; empty if it was not given.
  std::vector<std::string> list(std::string_view key) const;

 private:
  double number(std::string_view key, double otherwise, double least, double most, bool whole) const;

  std::string kind_, place_{};
  std::map<std::string, std::string, std::less<>> values_{};
};

}  // namespace mirim
