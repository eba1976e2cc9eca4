#include "mirim/passes/eliminate_common_nodes.hpp"

#include <algorithm>

#include "mirim/graph/match.hpp"
#include "mirim/graph/scopes.hpp"

namespace mirim {
namespace {

bool same(const Graph& graph, const Node& a, const Node& b) {
  if (a.inputs != b.inputs || a.outputs.size() != b.outputs.size() || !(a.op == b.op)) return false;
  for (std::size_t i = 0; i < a.outputs.size(); ++i) {
    if (a.outputs[i] == kNoValue || b.outputs[i] == kNoValue) return false;
    const Value& x = graph[a.outputs[i]];
    const Value& y = graph[b.outputs[i]];
    if (!(x.type == y.type) || x.quantization != y.quantization) return false;
  }
  return true;
}

/// Outputs of the graph keep their own names, and state its own memory. A node without outputs acts.
bool stands_alone(const Graph& graph, const Node& node) {
  if (node.outputs.empty()) return true;
  const auto is_output = [&](ValueId id) { return std::ranges::find(graph.outputs, id) != graph.outputs.end(); };
  const auto is_state = [&](ValueId id) { return id != kNoValue && graph[id].variable; };
  return std::ranges::any_of(node.outputs, is_output) || std::ranges::any_of(node.inputs, is_state);
}

}  // namespace

void eliminate_common_nodes(Graph& graph) {
  const Scopes scopes = find_scopes(graph);
  std::vector<char> dead(graph.nodes.size(), 0);
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    if (stands_alone(graph, graph.nodes[n])) continue;
    for (std::size_t first = 0; first < n && !dead[n]; ++first) {
      if (dead[first] || !scopes.within(scopes.of[n], scopes.of[first])) continue;
      if (!same(graph, graph.nodes[first], graph.nodes[n])) continue;
      for (std::size_t i = 0; i < graph.nodes[n].outputs.size(); ++i) {
        replace_uses(graph, graph.nodes[n].outputs[i], graph.nodes[first].outputs[i]);
      }
      dead[n] = 1;
    }
  }
  remove_nodes(graph, dead);
  remove_unused_values(graph);
}

}  // namespace mirim
