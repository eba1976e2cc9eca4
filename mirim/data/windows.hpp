#pragma once

#include <string_view>

#include "mirim/data/source.hpp"

namespace mirim {

class SourceOptions;

/// Windows of a table whose rows follow each other in time, such as those of an accelerometer: a sample is float32
/// [rows, columns]. No window reaches over the end of a recording, or from one label to another. Dataset::groups are
/// the recordings. docs/data.md lists the options. Throws Error that names line and column.
Dataset parse_windows(std::string_view text, const SourceOptions& options);

/// windows:FILE?size=64&..., also .gz or .xz; any Error begins with the file.
Source load_windows(std::string_view spec);

/// The same options for text that is no file.
SourceOptions window_options(std::string_view spec);

}  // namespace mirim
