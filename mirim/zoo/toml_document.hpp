#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mirim {

/// A value of a TOML file with its line. Dates and times are not distinguished: they are the empty state.
struct TomlValue {
  using Array = std::vector<TomlValue>;
  using Table = std::map<std::string, TomlValue, std::less<>>;

  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Table> data;
  int line = 0;

  const Table* table() const { return std::get_if<Table>(&data); }
  const Array* array() const { return std::get_if<Array>(&data); }
};

/// The table in the text. Throws Error, "file:line:column: why", if it is no TOML, and for more than 1 MiB.
TomlValue parse_toml(std::string_view text, const std::string& file);

}  // namespace mirim
