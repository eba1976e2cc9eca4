#include "mirim/passes/hollow_weights.hpp"

#include "mirim/graph/hollow.hpp"
#include "mirim/passes/linear.hpp"
#include "mirim/passes/weighted.hpp"

namespace mirim {

void hollow_weights(Graph& graph) {
  mark_hollow(graph);
  for (Node& node : graph.nodes) {
    if (!has_float_weights(graph, node)) continue;
    ValueId& weights = node.inputs[linear(node.op)->weights];
    if (graph[weights].type.bytes() == 0) continue;
    // Another operator may read the numbers, as a look-up does in an output layer's weights.
    const Value& old = graph[weights];
    weights = graph.add(Value{.name = old.name, .type = old.type, .constant = hollow_constant()});
  }
  remove_unused_values(graph);
}

}  // namespace mirim
