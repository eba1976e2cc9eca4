#pragma once

#include <filesystem>
#include <string_view>

#include "mirim/data/csv_options.hpp"
#include "mirim/data/dataset.hpp"

namespace mirim {

/// Options for reading another file in the same way.
struct CsvLike {
  CsvOptions named{};     ///< its columns by this file's names, or by number if it has none
  CsvOptions numbered{};  ///< for a file without a header
};

struct CsvData {
  Dataset data{};
  CsvLike like{};
};

/// Makes a data set of a table: float32 samples of one axis, an element for each feature. Besides the text it takes no
/// more memory than the data set. Column roles not set by the options are taken from `like`. Throws Error that names
/// line and column of a field that is no number.
CsvData parse_csv(std::string_view text, const CsvOptions& options, const CsvLike& like = {});

/// The same for a file, also .gz or .xz; any Error begins with the path.
CsvData load_csv(const std::filesystem::path& file, const CsvOptions& options, const CsvLike& like = {});

}  // namespace mirim
