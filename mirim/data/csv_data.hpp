#pragma once

#include <filesystem>
#include <string_view>

#include "mirim/data/csv_options.hpp"
#include "mirim/data/dataset.hpp"

namespace mirim {

/// What reads another file in the same way as one before.
struct CsvLike {
  CsvOptions named{};     ///< its columns by the names that this file has; by number where it has none
  CsvOptions numbered{};  ///< for a file without a header
};

struct CsvData {
  Dataset data{};
  CsvLike like{};
};

/// Makes a data set of a table: float32 samples of one axis, an element for each feature. Beside the text it takes no
/// more memory than the data set. Roles of columns that the options leave open are those of `like`. Throws Error that
/// names line and column of a field that is no number.
CsvData parse_csv(std::string_view text, const CsvOptions& options, const CsvLike& like = {});

/// Of a file, also as .gz or .xz; the path stands in front of any Error.
CsvData load_csv(const std::filesystem::path& file, const CsvOptions& options, const CsvLike& like = {});

}  // namespace mirim
