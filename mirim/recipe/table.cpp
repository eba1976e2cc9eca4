#include "mirim/recipe/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace mirim {
namespace {

bool is_number(std::string_view cell) { return cell.find_first_not_of("0123456789.,+-~e% ") == std::string_view::npos; }

/// Characters, not bytes: names may be UTF-8.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

std::string table(const std::vector<std::vector<std::string>>& rows) {
  struct Column {
    std::size_t width = 0;
    bool right = true;
  };
  std::vector<Column> columns;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    columns.resize(std::max(columns.size(), rows[r].size()));
    for (std::size_t c = 0; c < rows[r].size(); ++c) {
      columns[c].width = std::max(columns[c].width, width(rows[r][c]));
      if (c == 0 || (r > 0 && !is_number(rows[r][c]))) columns[c].right = false;
    }
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string padding(columns[c].width - width(row[c]), ' ');
      if (c > 0) line += "  ";
      line += columns[c].right ? padding + row[c] : row[c] + padding;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace mirim
