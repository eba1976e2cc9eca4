#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mirim {

/// Where the rows of a text begin and what stands between their fields.
struct CsvLayout {
  char separator = ',';  ///< a blank stands for any number of them
  std::size_t start = 0;
  std::int64_t line = 1;  ///< the number of the line at `start`, from 1
};

/// Finds the layout: behind a byte order mark, Excel's line "sep=;" and lines of comment (#), of which the last is the
/// header when it has as many fields as the next line. Unless given, the separator is the one of tab ; | and comma that
/// splits the first lines into the same number of fields each (several: the first of these), else a blank.
/// Throws Error for what is no such text: UTF-16, a spreadsheet's own format, bytes of 0.
CsvLayout csv_layout(std::string_view text, std::optional<char> separator = {});

/// What is called for a row: the line where it begins, and its fields without the blanks around them.
using CsvRow = std::function<void(std::int64_t line, std::span<const std::string_view> fields)>;

/// Reads rows one after the other (RFC 4180: quotes, also around line ends; LF, CR LF or CR) and keeps none of them.
/// Rows whose fields are all empty are left out. Throws Error that names the line of a broken quote.
void for_each_row(std::string_view text, const CsvLayout& layout, const CsvRow& row);

/// The number that a field holds, written with this decimal point: digits, a sign (also +), an exponent. One too large
/// for a double becomes infinite. None for any other text, "nan" and "inf" among them.
std::optional<double> csv_number(std::string_view field, char decimal = '.');

}  // namespace mirim
