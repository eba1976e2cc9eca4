#include "mirim/passes/loop_conditions.hpp"

#include <algorithm>

#include "mirim/graph/scopes.hpp"
#include "mirim/ops/resource_variable.hpp"

namespace mirim {

std::vector<char> nodes_in_loop_conditions(const Graph& graph) {
  std::vector<char> found(graph.nodes.size(), 0), needed(graph.values.size(), 0);
  const auto is_needed = [&](ValueId id) { return id != kNoValue && needed[static_cast<std::size_t>(id)]; };
  for (bool grows = true; grows;) {
    grows = false;
    for (std::size_t n = graph.nodes.size(); n-- > 0;) {
      const Node& node = graph.nodes[n];
      const bool sets = node.op.is<AssignVariable>() && is_needed(node.inputs[0]);
      if (found[n] || !(node.op.is<LoopWhile>() || sets || std::ranges::any_of(node.outputs, is_needed))) continue;
      found[n] = 1;
      grows = true;
      for (const ValueId id : node.inputs) {
        if (id != kNoValue) needed[static_cast<std::size_t>(id)] = 1;
      }
    }
  }
  return found;
}

}  // namespace mirim
