#pragma once

#include <cstdint>
#include <vector>

#include "mirim/data/dataset.hpp"

namespace mirim {

/// Of each sample the fold from 0 on that it is a test sample of, drawn by `seed`. Folds are of equal size, but for one
/// sample, and stratified: of each class they have equally many, but for one. If the data has groups, a group is in one
/// fold, and folds are as near to that as this allows. Throws Error for fewer than 2 folds, and for more than there are
/// samples or groups.
std::vector<std::int64_t> fold_of_each(const Dataset& data, std::int64_t folds, std::uint64_t seed);

}  // namespace mirim
