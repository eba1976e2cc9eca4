#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mirim/data/dataset.hpp"

namespace mirim {

/// "0", "1", ... : the names of the outputs of a model that has none.
std::vector<std::string> numbered_classes(std::int64_t count);

/// The names as a line shows them: at most twelve.
std::string listed(const std::vector<std::string>& names);

/// Numbers the classes of `data` as the outputs of a model, or another data set, are: class i is `names[i]`. `names`
/// are those that the model carries, else numbered_classes(number of outputs).
///
/// Classes are matched by name, also where names are numbers; a class that the data lacks stays without samples. Where
/// that cannot be, and only there:
///   - numbers against texts are positions: in [0, names.size()), or in [1, names.size()] when none is 0
///   - against numbered_classes(n), the data's own n classes count in their order, and keep their names
/// What was done beside matching by name is added to the notes. A class that `names` lacks throws Error: nothing is
/// ever renumbered by how many classes a file happens to have. Data without labels stays as it is.
void match_classes(Dataset& data, const std::vector<std::string>& names);

/// The names to match the data's classes with where a model of so many outputs has none: labels that are only numbers
/// are then numbers of outputs (1 and 2 of a file that lacks 0), or, where just as many numbers occur as there are
/// outputs, these in their order (0, 2 and 5). Else the data's own.
std::vector<std::string> names_for_outputs(const Dataset& data, std::int64_t outputs);

/// match_classes for samples of a set; they share the data of `samples` when nothing changes, else a copy.
Subset match_classes(Subset samples, const std::vector<std::string>& names);
Splits match_classes(Splits splits, const std::vector<std::string>& names);

}  // namespace mirim
