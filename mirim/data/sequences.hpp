#pragma once

#include <string_view>

#include "mirim/data/source.hpp"

namespace mirim {

/// sequences:TASK[?key=value&...]: vectors of random bits that are to be said again, [steps, bits + 2] a sample;
/// targets are [steps * bits], NaN where nothing is asked.
///
///   copy     a step with the first flag, the vectors, a step with the second flag; then zeros, while the vectors are
///            to come back (Graves, Wayne and Danihelka, 2014)
///   recall   several of these one after the other, so that memory must be used again (Graves et al., 2016, Extended
///            Data Figure 1)
///
/// Keys: bits of a vector (1 to 64; 6), length, how many vectors: N, or A-B for any from A to B (1 to 60; 1-8, of
/// recall 1-5), items of recall, likewise (1-4), samples (1 to 1,000,000; 20,000), test, how many samples for testing
/// (64), test_length and test_items (the largest of `length` and `items`), seed (1). Samples have the steps of the
/// longest, of a test set its own. Throws Error for another task, key or value.
Source load_sequences(std::string_view spec);

}  // namespace mirim
