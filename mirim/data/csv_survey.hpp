#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/data/csv_options.hpp"
#include "mirim/formats/csv.hpp"

namespace mirim {

/// Statistics of a column, from one pass over all rows but the header.
struct CsvColumn {
  std::string name{};  ///< the header's; empty without one
  std::int64_t numbers = 0;
  std::int64_t fractions = 0;  ///< of these, not whole
  std::int64_t empty = 0;
  std::int64_t missing = 0;  ///< words for a missing value: NA, nan, ?, ...
  std::int64_t flags = 0;    ///< true and false
  std::int64_t texts = 0;    ///< anything else
  double least = 0, most = 0;
  bool consecutive = true;  ///< whole numbers, each one more than the last

  bool has_text() const { return texts + flags > 0; }
};

struct CsvSurvey {
  CsvLayout layout{};
  char decimal = '.';
  std::vector<CsvColumn> columns{};
  std::int64_t rows = 0;                   ///< without the header
  std::int64_t header_line = 0;            ///< 0: no header
  std::vector<std::string> class_names{};  ///< of scikit-learn's tables, whose first row names the classes
};

/// Reads the text once and keeps only sums. The first row is a header in three cases: it has text above a column of
/// numbers and no fraction (or a label's name); it numbers its columns (0, 1, 2, ... or 1, 2, 3, ..., three or more);
/// it is scikit-learn's (rows, features and the names of the classes). Throws Error that names the line with another
/// number of columns, and if decimal commas and points cannot be told apart.
CsvSurvey survey_csv(std::string_view text, const CsvOptions& options);

/// Words for a missing value, in any case; none and null and - are names in a column of classes.
bool is_missing(std::string_view field, bool in_numbers);

/// true or false, in any case.
bool is_flag(std::string_view field);

/// A name that makes its column the label: label, class, target, ...; y has its own rule.
bool is_label_name(std::string_view name);

/// Equal, ignoring case.
bool equal_words(std::string_view a, std::string_view b);

}  // namespace mirim
