#include "mirim/passes/widen_weights.hpp"

#include <algorithm>

#include "mirim/graph/opaque.hpp"
#include "mirim/graph/signatures.hpp"
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

/// Widens the integer constants beside float activations of which `asks(node, operand)`.
/// Returns whether there were any.
bool widen(Graph& graph, const auto& asks) {
  std::vector<ValueId> widened(graph.values.size(), kNoValue);
  for (Node& node : graph.nodes) {
    const bool is_float =
        !node.inputs.empty() && node.inputs[0] != kNoValue && graph[node.inputs[0]].type.dtype == DType::float32;
    if (!is_float || node.op.is<Opaque>()) continue;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      ValueId& id = node.inputs[i];
      if (id == kNoValue || !is_narrow(graph[id]) || !asks(node, i)) continue;
      ValueId& wide = widened[static_cast<std::size_t>(id)];
      if (wide == kNoValue) wide = add_widened(graph, id);
      id = wide;
    }
  }
  return std::ranges::any_of(widened, [](ValueId id) { return id != kNoValue; });
}

}  // namespace

void widen_weights(Graph& graph) {
  widen(graph, [](const Node&, std::size_t) { return true; });
  remove_unused_values(graph);
}

void widen_weights_of_other_axes(Model& model) {
  bool any = false;
  for (Graph& graph : model.graphs) {
    any |= widen(graph, [&](const Node& node, std::size_t i) {
      const OperandRole role = node.op.role(i);
      const Quantization& q = graph[node.inputs[i]].quantization;
      return role.kind == OperandRole::Kind::weights && role.axis >= 0 && q.per_channel() && q.dimension >= 0 &&
             q.dimension != role.axis;
    });
  }
  if (any) remove_unused_values(model);
}

}  // namespace mirim
