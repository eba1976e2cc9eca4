#pragma once

#include <string_view>

#include "mirim/data/source.hpp"

namespace mirim {

/// wav:PLACE?key=value&...: the WAV files of a folder and those below it, or of a tar or zip archive, in the order of
/// their names. docs/data.md lists the options. A sample is float32 [samples], full scale is 1; with features=logmel
/// [frames, bands, 1] as LogMel makes them. With `test` it has a test set of its own; `group` gives Dataset::groups.
/// Throws Error that names the file which is of another form, silent, or lacks a label.
Source load_wav(std::string_view spec);

}  // namespace mirim
