#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace mirim {

/// A table of text: its first row, when that is a header, and the rest.
struct CsvTable {
  std::vector<std::string> header;  ///< empty when the first row is data: all of it numbers
  std::vector<std::vector<std::string>> rows;
};

/// Reads comma-separated values (RFC 4180, with quotes); semicolon, tab or blanks instead of commas are told from the
/// first line. Empty lines are left out. Throws Error that names the row which has another number of columns.
CsvTable parse_csv(std::string_view text);

/// Of a file, also as .gz or .xz; the path stands in front of any Error.
CsvTable read_csv(const std::filesystem::path& path);

}  // namespace mirim
