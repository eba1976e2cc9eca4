#include "mirim/compile/model_size.hpp"

#include <set>

#include "mirim/compile/cost.hpp"

namespace mirim {

ModelSize size_of_model(const Graph& graph) {
  ModelSize size{.macs = count(graph).macs};
  std::set<ValueId> seen;
  for (const Node& node : graph.nodes) {
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const ValueId id = node.inputs[i];
      if (id == kNoValue || !graph[id].is_constant() || !seen.insert(id).second) continue;
      if (node.op.role(i).kind == OperandRole::Kind::weights) size.weights += graph[id].type.shape.elements();
    }
  }
  return size;
}

}  // namespace mirim
