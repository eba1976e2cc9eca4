#pragma once

#include "mirim/data/dataset.hpp"

namespace mirim {

/// Makes a test set match the training set: columns in the order of the training set's names (others are left out),
/// classes with its numbers, the same types of samples and targets. Throws Error that says what differs.
void match_data(Dataset& test, const Dataset& training);

}  // namespace mirim
