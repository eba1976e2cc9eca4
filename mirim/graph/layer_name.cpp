#include "mirim/graph/layer_name.hpp"

#include <fmt/core.h>

#include "mirim/base/text.hpp"

namespace mirim {

std::string layer_name(const Graph& graph, const Node& node) {
  if (!node.name.empty()) return node.name;
  for (const auto* ids : {&node.outputs, &node.inputs}) {
    if (!ids->empty() && ids->front() != kNoValue && !graph[ids->front()].name.empty()) {
      return graph[ids->front()].name;
    }
  }
  return std::string(node.op.name());
}

std::string short_layer_name(const Graph& graph, const Node& node) {
  return std::string(short_name(layer_name(graph, node)));
}

std::string name_for_reason(const Graph& graph, const Node& node) {
  return fmt::format("{} '{}'", node.op.name(), shortened(short_layer_name(graph, node)));
}

}  // namespace mirim
