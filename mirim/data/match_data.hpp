#pragma once

#include "mirim/data/dataset.hpp"

namespace mirim {

/// Makes a test set fit the training set: columns in the order of the training set's names (more of them are left out),
/// classes numbered as there, the same type of sample and kind of answer. Throws Error that says what differs.
void match_data(Dataset& test, const Dataset& training);

}  // namespace mirim
