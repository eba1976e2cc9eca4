#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "mirim/data/csv_options.hpp"
#include "mirim/data/csv_survey.hpp"

namespace mirim {

/// What each column of a table is for.
struct CsvRoles {
  std::vector<std::size_t> features{};
  std::optional<std::size_t> label{};
  std::string why{};  ///< why this column is the label: "by its name"; empty where it was asked for
  bool open =
      false;  ///< the label may turn out to be numbers to predict: neither `label=` nor a class's name says classes
  std::vector<std::size_t> targets{};
  std::vector<std::string> notes{};  ///< columns that are left out
};

/// The roles that the options name; else, as the label, in this order: the column named label, class or target (two of
/// them: refused), the one named y (but not where it is a coordinate, beside x or z), the only column of texts, the one
/// of texts named species or the like, the last. Columns without any value are left out, and so are row numbers: a
/// first column without a name, or one named id, index or the like whose numbers never come twice. Throws Error that
/// lists the columns when one is asked for that is not there.
CsvRoles csv_roles(const CsvSurvey& survey, const CsvOptions& options);

/// "column 4 'species'".
std::string column_text(const CsvSurvey& survey, std::size_t column);

/// As an option takes it: its name, or its number where it has none.
std::string column_name(const CsvSurvey& survey, std::size_t column);

}  // namespace mirim
