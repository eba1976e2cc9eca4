#pragma once

#include <string_view>

#include "mirim/data/source.hpp"

namespace mirim {

/// patterns:random[?key=value&...]: what an associative memory keeps. The training samples are patterns of -1 and 1 by
/// chance, float32 [units]; the test samples are noisy copies of them. The target of each is its pattern.
///
/// Keys: units (2 to 100,000; 196), count (of patterns, 1 to 100,000; 7), copies (of each, for testing; 20), flip (the
/// part of units with another sign in a copy, 0 to 0.5; 0.15), seed (1). Throws Error for another kind, key or value.
Source load_patterns(std::string_view spec);

}  // namespace mirim
