#pragma once

#include <string>
#include <vector>

#include "mirim/compile/cost.hpp"
#include "mirim/compile/fit.hpp"

namespace mirim {

/// For people: a table of layers, the totals, the memory and the fit on each of the boards. Estimates are marked ~.
std::string cost_text(const ModelCost& cost, const std::vector<DeviceFit>& fits);

/// The same as JSON: {"parameters", "macs", "layers": [...], "memory": {...}, "devices": [...]}.
std::string cost_json(const ModelCost& cost, const std::vector<DeviceFit>& fits);

}  // namespace mirim
