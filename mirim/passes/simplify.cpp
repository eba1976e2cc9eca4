#include "mirim/passes/simplify.hpp"

#include <algorithm>

#include "mirim/graph/hollow.hpp"
#include "mirim/graph/known_values.hpp"
#include "mirim/graph/match.hpp"
#include "mirim/ops/dropout.hpp"

namespace mirim {
namespace {

constexpr std::int64_t kMostFoldedBytes = 16 << 20;

bool foldable(const Graph& graph, const Node& node) {
  if (node.inputs.empty() || node.outputs.empty()) return false;
  const bool types_only = needs_types_only(node.op);
  for (const ValueId id : node.inputs) {
    if (id != kNoValue && !types_only && (!graph[id].is_constant() || is_hollow(graph[id]))) return false;
  }
  return std::all_of(node.outputs.begin(), node.outputs.end(), [&](ValueId id) {
    return id != kNoValue && !graph[id].variable && graph[id].type.bytes() <= kMostFoldedBytes;
  });
}

void fold(Graph& graph, const Node& node) {
  std::vector<ConstTensorView> in;
  for (const ValueId id : node.inputs) {
    const Operand operand = id == kNoValue ? Operand{} : graph[id].operand();
    in.push_back({operand.type, operand.quantization, operand.constant});
  }
  std::vector<Tensor> results;
  for (const ValueId id : node.outputs) results.emplace_back(graph[id].type, graph[id].quantization);
  std::vector<TensorView> out;
  for (Tensor& tensor : results) out.push_back(tensor.view());
  node.op.forward(Inputs(in), Outputs(out));
  for (std::size_t i = 0; i < results.size(); ++i)
    graph[node.outputs[i]].constant = make_constant(std::move(results[i].bytes));
}

}  // namespace

void remove_dropout(Graph& graph) {
  std::vector<char> dead(graph.nodes.size(), 0);
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node node = graph.nodes[n];
    if (!node.op.is<Dropout>()) continue;
    replace_uses(graph, node.outputs[0], node.inputs[0]);
    dead[n] = 1;
  }
  remove_nodes(graph, dead);
  remove_unused_values(graph);
}

void fold_constants(Graph& graph) {
  std::vector<char> dead(graph.nodes.size(), 0);
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    if (!foldable(graph, graph.nodes[n])) continue;
    fold(graph, graph.nodes[n]);
    dead[n] = 1;
  }
  remove_nodes(graph, dead);
  remove_unused_values(graph);
}

void eliminate_dead_nodes(Graph& graph) {
  std::vector<char> used(graph.values.size(), 0), dead(graph.nodes.size(), 0);
  for (const ValueId id : graph.outputs) used[static_cast<std::size_t>(id)] = 1;
  for (std::size_t i = graph.nodes.size(); i-- > 0;) {
    const Node& node = graph.nodes[i];
    // A node that writes a variable affects the next run; one without outputs affects something outside.
    const bool acts = node.outputs.empty() || std::any_of(node.inputs.begin(), node.inputs.end(), [&](ValueId id) {
                        return id != kNoValue && graph[id].variable;
                      });
    dead[i] = !acts && std::none_of(node.outputs.begin(), node.outputs.end(),
                                    [&](ValueId id) { return id != kNoValue && used[static_cast<std::size_t>(id)]; });
    if (dead[i]) continue;
    for (const ValueId id : node.inputs) {
      if (id != kNoValue) used[static_cast<std::size_t>(id)] = 1;
    }
  }
  remove_nodes(graph, dead);
  remove_unused_values(graph);
}

}  // namespace mirim
