#include "mirim/passes/widen_arg_max.hpp"

#include "mirim/ops/arg_max.hpp"
#include "mirim/ops/cast.hpp"

namespace mirim {

void widen_arg_max(Graph& graph) {
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    if (!node.op.is<ArgMax>() && !node.op.is<ArgMin>()) continue;
    const ValueId x = node.inputs[0];
    if (graph[x].type.dtype != DType::int16) continue;
    const ValueId wide =
        graph.add(Value{.name = graph[x].name + "/int32", .type = {DType::int32, graph[x].type.shape}});
    graph.nodes[n].inputs[0] = wide;
    const Cast cast{.to = DType::int32, .in_data_type = DType::int16, .out_data_type = DType::int32};
    graph.nodes.insert(graph.nodes.begin() + static_cast<std::ptrdiff_t>(n),
                       Node{.op = cast, .inputs = {x}, .outputs = {wide}});
    ++n;
  }
}

}  // namespace mirim
