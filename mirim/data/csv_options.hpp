#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mirim/graph/shape.hpp"

namespace mirim {

/// How to read a table, where its file alone does not say. Columns are named, or numbered from 0; -1 is the last.
struct CsvOptions {
  std::string label{};                  ///< the column of classes; empty: by name and content; "none": no label
  std::vector<std::string> targets{};   ///< columns of values to predict, instead of a label
  std::vector<std::string> features{};  ///< only these columns, in this order; empty: all others
  std::vector<std::string> drop{};      ///< columns that are not read
  std::optional<char> separator{};
  std::optional<char> decimal{};
  std::optional<bool> header{};
  bool skip_missing = false;     ///< leave out rows with a missing value
  std::optional<Shape> shape{};  ///< of a sample, which is then an image without names of features
};

/// Parses the text after "csv:": FILE, or FILE?key=value&key=value, or FILE,key=value,key=value. Keys are label,
/// target, features, drop (several columns with +), sep, decimal, header (yes, no), missing (error, skip) and shape
/// (8x8, 8x8x1); sep and decimal are a character or its name: comma, semicolon, tab, pipe, space, point. Throws Error
/// for other keys and values.
std::pair<std::filesystem::path, CsvOptions> parse_csv_spec(std::string_view text);

}  // namespace mirim
