#pragma once

#include <string>
#include <vector>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// The part of a graph between values: its inputs are those named `from` (the graph's own unless given), its outputs
/// those named `to` (likewise). A name is a value's, or a layer's: then it is the last value that the layer makes, as
/// "conv1/relu" of "conv1". Random inputs that the part needs stay inputs. The model's own losses go unless all that
/// they are of is still there. Throws Error for unknown names, and if the part needs an input that is not among `from`.
Graph extract(Graph graph, const std::vector<std::string>& from, const std::vector<std::string>& to);

}  // namespace mirim
