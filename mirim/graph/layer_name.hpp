#pragma once

#include <string>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// A layer's name: the node's, or that of its first result, or of what it writes (ASSIGN_VARIABLE), else its operator.
std::string layer_name(const Graph& graph, const Node& node);

/// What people call the layer: of several names that TensorFlow Lite joined for it the first.
std::string short_layer_name(const Graph& graph, const Node& node);

/// "SOFTMAX 'probabilities'"
std::string name_for_reason(const Graph& graph, const Node& node);

}  // namespace mirim
