#include "mirim/recipe/layers.hpp"

#include <set>

#include "mirim/compile/plan.hpp"
#include "mirim/graph/known_values.hpp"

namespace mirim {
namespace {

// Shapes, axes and paddings are int32 or int64 and never quantized; a bias of int32 is.
bool is_index(const Value& value) {
  const bool integer = value.type.dtype == DType::int32 || value.type.dtype == DType::int64;
  return integer && value.quantization.empty();
}

}  // namespace

std::vector<LayerSize> layer_costs(const Graph& graph) {
  std::vector<LayerSize> layers;
  std::set<ValueId> counted;
  KnownValues known(graph);
  for (const Node& node : graph.nodes) {
    LayerSize layer{.name = layer_name(graph, node), .op = std::string(node.op.name()), .output = {}};
    if (!node.outputs.empty()) layer.output = graph[node.outputs[0]].type;
    const std::vector<Operand> inputs = known.operands(node.inputs);
    layer.cost = node.op.cost(inputs);
    known.learn(node);
    for (const ValueId id : node.inputs) {
      if (id == kNoValue || !graph[id].is_constant() || is_index(graph[id]) || !counted.insert(id).second) continue;
      layer.parameters += graph[id].type.shape.elements();
      layer.weight_bytes += graph[id].type.bytes();
    }
    layers.push_back(std::move(layer));
  }
  return layers;
}

std::int64_t parameter_count(const Graph& graph) {
  std::int64_t count = 0;
  for (const LayerSize& layer : layer_costs(graph)) count += layer.parameters;
  return count;
}

}  // namespace mirim
