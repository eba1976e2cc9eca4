#include "mirim/passes/widen_weights.hpp"

#include <algorithm>

#include "mirim/graph/opaque.hpp"
#include "mirim/ops/dequantize.hpp"
#include "mirim/passes/simplify.hpp"

namespace mirim {
namespace {

bool is_narrow(const Value& value) {
  const DType dtype = value.type.dtype;
  return value.is_constant() && !value.quantization.empty() && (dtype == DType::int8 || dtype == DType::int4);
}

ValueId add_widened(Graph& graph, ValueId id) {
  const Value& narrow = graph[id];
  Tensor wide({DType::float32, narrow.type.shape});
  const std::vector<ConstTensorView> x{{&narrow.type, &narrow.quantization, *narrow.constant}};
  const std::vector<TensorView> y{wide.view()};
  Dequantize{}.forward(Inputs(x), Outputs(y));
  return graph.add(Value{.name = narrow.name, .type = wide.type, .constant = make_constant(std::move(wide.bytes))});
}

}  // namespace

void widen_weights(Graph& graph) {
  std::vector<ValueId> widened(graph.values.size(), kNoValue);
  for (Node& node : graph.nodes) {
    const bool is_float =
        !node.inputs.empty() && node.inputs[0] != kNoValue && graph[node.inputs[0]].type.dtype == DType::float32;
    if (!is_float || node.op.is<Opaque>()) continue;
    for (ValueId& id : node.inputs) {
      if (id == kNoValue || !is_narrow(graph[id])) continue;
      ValueId& wide = widened[static_cast<std::size_t>(id)];
      if (wide == kNoValue) wide = add_widened(graph, id);
      id = wide;
    }
  }
  remove_unused_values(graph);
}

}  // namespace mirim
