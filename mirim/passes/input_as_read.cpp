#include "mirim/passes/input_as_read.hpp"

#include <algorithm>

#include "mirim/graph/match.hpp"
#include "mirim/ops/reshape.hpp"
#include "mirim/passes/simplify.hpp"

namespace mirim {

void input_as_read(Graph& graph) {
  const std::vector<std::vector<int>> readers = consumers(graph);
  const auto is_result = [&](ValueId id) { return std::ranges::find(graph.outputs, id) != graph.outputs.end(); };
  std::vector<char> dead(graph.nodes.size(), 0);
  for (const ValueId id : graph.inputs) {
    const std::vector<int>& nodes = readers[static_cast<std::size_t>(id)];
    if (nodes.size() != 1 || is_result(id)) continue;
    const Node node = graph.nodes[static_cast<std::size_t>(nodes[0])];
    if (!node.op.is<Reshape>() || is_result(node.outputs[0])) continue;
    graph[id].type.shape = graph[node.outputs[0]].type.shape;
    replace_uses(graph, node.outputs[0], id);
    dead[static_cast<std::size_t>(nodes[0])] = 1;
  }
  remove_nodes(graph, dead);
}

}  // namespace mirim
