#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mirim/data/dataset.hpp"
#include "mirim/graph/meaning.hpp"

namespace mirim {

/// Mean and deviation (population, not sample) of each channel over these samples: of the elements whose index modulo
/// `channels`, which must divide a sample, is c. A channel that never changes has deviation 1. Throws Error for no
/// samples.
Scaling channel_statistics(const Subset& samples, std::int64_t channels);

/// The same of each of the data's targets.
Scaling target_statistics(const Subset& samples);

/// Samples of a table with their columns in the order of `names`, the features that a model was trained on. Other
/// columns are left out, and the notes say so. Unchanged if the table or the model has no names. Throws Error that
/// names the feature without a column.
Subset match_features(Subset samples, const std::vector<std::string>& names);
Splits match_features(Splits splits, const std::vector<std::string>& names);

}  // namespace mirim
