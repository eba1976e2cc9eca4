#pragma once

#include "mirim/data/dataset.hpp"

namespace mirim {

/// Makes a test set match the training set: columns in the order of the training set's names (others are left out),
/// classes with its numbers, the same types of samples and targets; if the training set has neither classes nor
/// targets, those of the test set stay. Throws Error that says what differs.
void match_data(Dataset& test, const Dataset& training);

}  // namespace mirim
