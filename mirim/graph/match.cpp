#include "mirim/graph/match.hpp"

#include <algorithm>
#include <cassert>

#include "mirim/graph/meaning.hpp"

namespace mirim {

int Links::only_reader(ValueId id) const {
  const auto& nodes = readers(id);
  const bool leaves = std::find(graph_->outputs.begin(), graph_->outputs.end(), id) != graph_->outputs.end();
  if (nodes.size() != 1 || leaves || (*graph_)[id].variable) return -1;
  return graph_->nodes[static_cast<std::size_t>(nodes[0])].outputs.empty() ? -1 : nodes[0];
}

void replace_uses(Graph& graph, ValueId from, ValueId to) {
  for (Node& node : graph.nodes) std::replace(node.inputs.begin(), node.inputs.end(), from, to);
  if (std::ranges::find(graph.outputs, from) == graph.outputs.end()) return;
  std::ranges::replace(graph.outputs, from, to);
  if (std::ranges::find(graph.inputs, to) != graph.inputs.end()) return;  // has a meaning of its own
  move_meaning(graph[from], graph[to]);
}

bool touches_resource(const Graph& graph, const Node& node) {
  const auto is_resource = [&](ValueId id) { return id != kNoValue && graph[id].type.dtype == DType::resource; };
  return std::ranges::any_of(node.inputs, is_resource) || std::ranges::any_of(node.outputs, is_resource);
}

void remove_nodes(Graph& graph, const std::vector<char>& dead) {
  assert(dead.size() == graph.nodes.size());
  std::vector<Node> kept;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    if (!dead[n]) kept.push_back(std::move(graph.nodes[n]));
  }
  graph.nodes = std::move(kept);
}

}  // namespace mirim
