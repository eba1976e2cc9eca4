#pragma once

#include <string>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Whether a training of the graph moves weights by steps relative to their size (Optimizer::relative), by what
/// TrainSettings::steps says: "absolute", "relative", or "auto", which takes them where there is no batch norm and a
/// layer's weights have a root mean square below 0.02. Throws Error for another word.
bool takes_relative_steps(const Graph& graph, const std::string& steps);

}  // namespace mirim
