#include "mirim/passes/fold_normalization.hpp"

#include <algorithm>

#include "mirim/graph/match.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/passes/linear.hpp"
#include "mirim/passes/weighted.hpp"

namespace mirim {
namespace {

/// All readers of the node's result read `x` instead.
void bypass(Graph& graph, std::size_t n, ValueId x) {
  const ValueId result = graph.nodes[n].outputs[0];
  graph.nodes.erase(graph.nodes.begin() + static_cast<std::ptrdiff_t>(n));
  replace_uses(graph, result, x);
}

/// x * a + b before padding, n being the ADD: becomes (x + b / a) * a. False if it is not that.
bool swap(Graph& graph, const Links& links, std::size_t n) {
  const auto term = channel_step<Add>(graph, graph.nodes[n]);
  if (!term) return false;
  const int before = links.mergeable_producer<Mul>(term->x);
  if (before < 0 || !without_activation(graph.nodes[static_cast<std::size_t>(before)].op) ||
      !without_activation(graph.nodes[n].op))
    return false;
  Node& mul = graph.nodes[static_cast<std::size_t>(before)];
  const auto factor = channel_step<Mul>(graph, mul);
  if (!factor || std::find(factor->values.begin(), factor->values.end(), 0.0F) != factor->values.end()) return false;
  std::vector<float> moved = term->values;
  for (std::size_t c = 0; c < moved.size(); ++c) moved[c] /= factor->values[c];
  const Shape channels = {static_cast<std::int64_t>(moved.size())};
  Node& add = graph.nodes[n];
  const ValueId new_term = add_constant(graph, graph[add.outputs[0]].name + "/term", channels, moved);
  const ValueId new_factor = add_constant(graph, graph[mul.outputs[0]].name + "/factor", channels, factor->values);
  // The nodes keep their places: the first now adds, the second multiplies.
  std::swap(mul.op, add.op);
  std::swap(mul.name, add.name);
  mul.inputs = {factor->x, new_term};
  add.inputs = {mul.outputs[0], new_factor};
  graph[mul.outputs[0]].name += kOtherUnit;
  return true;
}

bool fold(Graph& graph, std::size_t n) {
  const Node& node = graph.nodes[n];
  const auto factor = channel_step<Mul>(graph, node);
  const auto step = factor ? factor : channel_step<Add>(graph, node);
  if (!step || !without_activation(node.op)) return false;
  const Links links(graph);
  const int behind = layer_behind(graph, links, node.outputs[0]);
  if (behind < 0) return false;
  Node& layer = graph.nodes[static_cast<std::size_t>(behind)];
  if (!factor && reads_padding(graph, layer)) return swap(graph, links, n);
  const std::vector<float> ones(step->values.size(), 1.0F);
  const std::vector<float> zeros(step->values.size(), 0.0F);
  scale_input(graph, layer, factor ? step->values : ones, factor ? zeros : step->values);
  bypass(graph, n, step->x);
  return true;
}

}  // namespace

void fold_normalization(Graph& graph) {
  bool changed = true;
  while (changed) {
    changed = false;
    // From the end: the ADD next to the layer before the MUL in front of it.
    for (std::size_t n = graph.nodes.size(); n-- > 0 && !changed;) changed = fold(graph, n);
  }
  remove_unused_values(graph);
}

}  // namespace mirim
