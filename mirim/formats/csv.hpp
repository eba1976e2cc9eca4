#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mirim {

/// Where the rows of a text begin and how their fields are separated.
struct CsvLayout {
  char separator = ',';  ///< a blank means any number of blanks
  std::size_t start = 0;
  std::int64_t line = 1;  ///< the number of the line at `start`, from 1
};

/// Detects the layout: after a byte order mark, Excel's line "sep=;" and comment lines (#), of which the last is the
/// header if it has as many fields as the next line. Unless given, the separator is the first of tab ; | and comma that
/// splits the first lines into the same number of fields each, else a blank. Throws Error for other formats: UTF-16, a
/// spreadsheet's own format, zero bytes.
CsvLayout csv_layout(std::string_view text, std::optional<char> separator = {});

/// Callback for a row: the line where it begins, and its fields without surrounding blanks.
using CsvRow = std::function<void(std::int64_t line, std::span<const std::string_view> fields)>;

/// Reads rows one after the other (RFC 4180: quotes, also around line ends; LF, CR LF or CR) and keeps none of them.
/// Skips rows whose fields are all empty. Throws Error that names the line of a broken quote.
void for_each_row(std::string_view text, const CsvLayout& layout, const CsvRow& row);

/// The number in a field, with this decimal point: digits, a sign (also +), an exponent. A number too large for a
/// double becomes infinite. None for any other text, including "nan" and "inf".
std::optional<double> csv_number(std::string_view field, char decimal = '.');

}  // namespace mirim
