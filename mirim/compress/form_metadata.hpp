#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// The name under which a model's metadata keeps the forms of its constants (WeightForm), as JSON:
///   [{"graph": 0, "constant": "conv1/weights", "axis": 0, "sparsity": {"block": [1, 4]} or {"keep": 2, "of": 4},
///     "codebook": {"centroids": 16, "per_row": false}, "grid": {"least": -7, "most": 7, "zero": true, "scale":
///     [...]}}]
inline constexpr std::string_view kFormMetadata = "mirim.weight_forms";

/// Puts the forms of all constants into the metadata. Parts that the numbers do not obey are left out.
void save_forms(Model& model);

/// Gives the constants the forms that the metadata say; the entry goes. Returns a line for each part that the numbers
/// do not obey, and for a constant that is not there. Throws Error when the entry is damaged.
std::vector<std::string> restore_forms(Model& model);

}  // namespace mirim
