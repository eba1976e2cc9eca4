#pragma once

#include <cassert>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/graph/shape.hpp"
#include "mirim/ops/window.hpp"
#include "mirim/zoo/expression.hpp"
#include "mirim/zoo/toml_document.hpp"

namespace mirim {

/// Reads one table of a TOML file key by key and remembers which keys were read. Borrows its arguments.
class TomlTable {
 public:
  /// `value` holds a table (assert).
  TomlTable(const TomlValue& value, std::string file, const Parameters& parameters)
      : value_(value), file_(std::move(file)), parameters_(parameters) {
    assert(value.table());
  }

  /// "models/a.toml:12" of the table, or of a key in it.
  std::string where() const { return place(value_); }
  std::string where(std::string_view key) const;

  bool has(std::string_view key) const { return value_.table()->contains(key); }
  /// If the key is missing, throws Error that says why it is needed. If an unread key has nearly the same spelling, the
  /// Error names both.
  void require(std::string_view key, std::string_view why) const;
  /// Marks the key as known; it is read elsewhere.
  void expect(std::string_view key) { known_.emplace_back(key); }

  /// Each sets `value` if the key is present, marks the key as known, and throws Error if it is of another type or out
  /// of range.
  void read(std::string_view key, std::string& value);
  void read(std::string_view key, bool& value);
  void read(std::string_view key, float& value);
  void read(std::string_view key, double& value);
  void read(std::string_view key, std::int64_t& value);  ///< a number or an expression of parameters
  void read(std::string_view key, std::int32_t& value);
  void read(std::string_view key, Size2d& value);  ///< n or [height, width]
  void read(std::string_view key, Padding& value);
  void read(std::string_view key, Shape& value);
  void read(std::string_view key, std::vector<float>& value);        ///< a number or several
  void read(std::string_view key, std::vector<std::string>& value);  ///< a text or several
  const TomlValue* subtable(std::string_view key);
  /// The same of several tables, [[key]].
  const TomlValue::Array* subtables(std::string_view key);
  /// Whether the key is there with a text, not numbers or a table.
  bool has_text(std::string_view key) const;

  /// Throws Error for an unread key, with the nearest known one.
  void refuse_unknown() const;

  [[noreturn]] void refuse(std::string_view key, std::string_view why) const;

 private:
  const TomlValue* find(std::string_view key);
  std::int64_t size(std::string_view key, const TomlValue& value) const;
  std::int32_t small_size(std::string_view key, const TomlValue& value) const;
  double number(std::string_view key, const TomlValue& value) const;
  std::string place(const TomlValue& value) const;

  const TomlValue& value_;
  std::string file_;
  const Parameters& parameters_;
  std::vector<std::string> known_;
};

}  // namespace mirim
