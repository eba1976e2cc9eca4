#pragma once

#include <fmt/core.h>

#include <string>

#include "mirim/base/text.hpp"
#include "mirim/graph/graph.hpp"

namespace mirim {

/// What people call the layer: the node's name or that of its first output, of several joined ones the first.
inline std::string node_name(const Graph& graph, const Node& node) {
  if (!node.name.empty()) return std::string(short_name(node.name));
  const bool named = !node.outputs.empty() && node.outputs[0] != kNoValue;
  return named ? std::string(short_name(graph[node.outputs[0]].name)) : std::string(node.op.name());
}

/// "SOFTMAX 'probabilities'"
inline std::string name_for_reason(const Graph& graph, const Node& node) {
  return fmt::format("{} '{}'", node.op.name(), shortened(node_name(graph, node)));
}

}  // namespace mirim
