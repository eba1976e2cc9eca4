#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "mirim/data/source.hpp"

namespace mirim {

/// How strokes become samples of one size.
struct StrokeOptions {
  std::int64_t points = 48;  ///< of a sample, 2 to 4096
  double velocity = 10;      ///< factor of the velocity; 0: positions only
  std::string label{};       ///< key of the class; empty: "label", "class" or the only other key; "none": no label
  std::string group{};       ///< key of what must not be divided by a split, such as who drew it; empty: nothing
};

/// Strokes, a JSON object a line: {"points": [[x, y], ...], "label": "3"}; a point may be {"x": 1, "y": 2}, the key
/// "strokePoints". Each is resampled to `points` points at equal steps of time (linear between neighbours), moved so
/// that their mean is 0 and scaled so that the farthest is at 1. A sample is float32 [points, 4]: x, y, and `velocity`
/// times the difference to the point before, which is 0 for the first; [points, 2] without velocity. Throws Error that
/// names the line.
Dataset parse_strokes(std::string_view text, const StrokeOptions& options);

/// FILE?points=48&velocity=10&label=KEY&group=KEY, also .gz or .xz; any Error begins with the file.
Source load_strokes(std::string_view spec);

}  // namespace mirim
