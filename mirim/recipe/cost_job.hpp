#pragma once

#include <string>
#include <vector>

#include "mirim/compile/cost.hpp"
#include "mirim/compile/fit.hpp"
#include "mirim/graph/graph.hpp"

namespace mirim {

/// For people: a table of the layers, and their totals.
std::string layers_text(const ModelCost& cost);

/// For people: a table of layers, the totals, the memory and the fit on each of the boards. Estimates are marked ~.
std::string cost_text(const ModelCost& cost, const std::vector<DeviceFit>& fits);

/// The same as JSON: {"parameters", "macs", "layers": [...], "memory": {...}, "devices": [...]}.
std::string cost_json(const ModelCost& cost, const std::vector<DeviceFit>& fits);

/// How small the constants of a graph can be stored: for each layer of some size what is known of its weights, the
/// smallest encoding and its bytes, and all constants beside float32 and int8.
std::string stored_text(const Graph& graph);

/// The same as JSON: {"stored": {"bytes", "float32_bytes", "int8_bytes", "constants": [{"layer", "name", "elements",
/// "form", "encoding", "bytes"}]}}.
std::string stored_json(const Graph& graph);

}  // namespace mirim
