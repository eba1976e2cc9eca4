#pragma once

#include <string_view>

#include "mirim/data/source.hpp"

namespace mirim {

/// sequences:copy[?key=value&...]: vectors of random bits, to be said again after the last (Graves, Wayne and
/// Danihelka, 2014). A sample is float32 [steps, bits + 2]: a step with the first flag, the vectors, a step with the
/// second flag, then zeros while the vectors are to come back. Its targets are [steps * bits], 0 where nothing is
/// asked.
///
/// Keys: bits of a vector (1 to 64; 6), length, how many vectors: N, or A-B for any from A to B (1 to 60; 1-8), samples
/// (1 to 1,000,000; 20,000), test, how many samples for testing (64), test_length (the largest of `length`), seed (1).
/// All samples have the steps of the longest. Throws Error for another task, key or value.
Source load_sequences(std::string_view spec);

}  // namespace mirim
