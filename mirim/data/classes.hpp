#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mirim/data/dataset.hpp"

namespace mirim {

/// "0", "1", ... : the names of the outputs of a model that has none.
std::vector<std::string> numbered_classes(std::int64_t count);

/// The names for one line of text: at most twelve.
std::string listed(const std::vector<std::string>& names);

/// Renumbers the classes of `data` like the outputs of a model, or another data set: class i is `names[i]`. `names` are
/// the model's, else numbered_classes(number of outputs).
///
/// Classes are matched by name, even if the names are numbers; a class that the data lacks has no samples. Only where
/// this is impossible:
///   - numbers against texts are positions: in [0, names.size()), or in [1, names.size()] if none is 0
///   - against numbered_classes(n), the data's own n classes count in their order, and keep their names
/// Anything but matching by name is added to the notes. A class that `names` lacks throws Error: classes are never
/// renumbered by how many a file happens to have. Data without labels is unchanged.
void match_classes(Dataset& data, const std::vector<std::string>& names);

/// The names to match the data's classes with if a model with this many outputs has none. Labels that are only numbers
/// are numbers of outputs (1 and 2 of a file that lacks 0), or, if as many numbers occur as there are outputs, these in
/// their order (0, 2 and 5). Otherwise the data's own names.
std::vector<std::string> names_for_outputs(const Dataset& data, std::int64_t outputs);

/// match_classes for samples of a set; they share the data of `samples` if nothing changes, else a copy.
Subset match_classes(Subset samples, const std::vector<std::string>& names);
Splits match_classes(Splits splits, const std::vector<std::string>& names);

}  // namespace mirim
