#include "mirim/passes/fuse_activation.hpp"

#include <optional>

#include "mirim/graph/match.hpp"
#include "mirim/ops/activation.hpp"
#include "mirim/ops/concatenation.hpp"
#include "mirim/ops/elementwise_unary.hpp"
#include "mirim/ops/svdf.hpp"
#include "mirim/passes/linear.hpp"

namespace mirim {
namespace {

std::optional<Activation> as_fused(const Op& op) {
  if (op.is<Relu>()) return Activation::relu;
  if (op.is<Relu6>()) return Activation::relu6;
  return std::nullopt;
}

}  // namespace

void fuse_activation(Graph& graph) {
  const Links links(graph);
  std::vector<char> dead(graph.nodes.size(), 0);
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    const auto activation = as_fused(node.op);
    if (!activation) continue;
    const ValueId input = node.inputs[0];
    const int producer = links.producer(input);
    if (producer < 0 || links.only_reader(input) != static_cast<int>(n)) continue;
    // On integers the fused clamp would act before the second rescaling; the result is the same only if both share one
    // quantization.
    if (graph[input].quantization != graph[node.outputs[0]].quantization) continue;
    Node& before = graph.nodes[static_cast<std::size_t>(producer)];
    if (fused_activation(before.op) != 0 || before.outputs.size() != 1) continue;
    // TFLite gives these the option, but their kernels ignore it.
    if (before.op.is<Concatenation>() || (before.op.is<Svdf>() && graph[input].type.dtype != DType::float32)) continue;
    set_fused_activation(before.op, static_cast<int>(*activation));
    before.outputs = node.outputs;
    dead[n] = 1;
  }
  remove_nodes(graph, dead);
  remove_unused_values(graph);
}

}  // namespace mirim
