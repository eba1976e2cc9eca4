#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "mirim/data/csv_options.hpp"
#include "mirim/data/csv_survey.hpp"

namespace mirim {

/// The use of each column of a table.
struct CsvRoles {
  std::vector<std::size_t> features{};
  std::optional<std::size_t> label{};
  std::string why{};  ///< why this column is the label: "by its name"; empty if it was asked for
  bool open = false;  ///< the label may turn out to be values to predict: neither `label=` nor its name says classes
  std::vector<std::size_t> targets{};
  std::vector<std::string> notes{};  ///< columns that are left out
};

/// The roles that the options name. Otherwise the label is the first of these: the column named label, class or target
/// (two of them: refused), the one named y (unless it is a coordinate, together with x or z), the only text column, the
/// text column named species or the like, the last column. Leaves out columns without any value, and row numbers: a
/// first column without a name, or one named id, index or the like whose numbers never repeat. Throws Error that lists
/// the columns if a requested one is missing.
CsvRoles csv_roles(const CsvSurvey& survey, const CsvOptions& options);

/// "column 4 'species'".
std::string column_text(const CsvSurvey& survey, std::size_t column);

/// As in an option: its name, or its number if it has none.
std::string column_name(const CsvSurvey& survey, std::size_t column);

}  // namespace mirim
