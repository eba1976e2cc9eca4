#include "mirim/passes/absorb_normalization.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "mirim/graph/match.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/passes/linear.hpp"
#include "mirim/passes/weighted.hpp"

namespace mirim {
namespace {

/// The number if all are equal.
std::optional<float> one_number(const std::optional<ChannelStep>& step) {
  if (!step || !std::ranges::all_of(step->values, [&](float v) { return v == step->values[0]; })) return std::nullopt;
  return step->values[0];
}

/// The quantization after the node, if the node only changes the meaning of the integers.
std::optional<Quantization> reinterpreted(const Graph& graph, const Node& node, Quantization q) {
  if (!without_activation(node.op)) return std::nullopt;
  if (const auto factor = one_number(channel_step<Mul>(graph, node))) {
    if (!(*factor > 0)) return std::nullopt;
    q.scale[0] *= *factor;
    return q;
  }
  if (const auto term = one_number(channel_step<Add>(graph, node))) {
    const double zero_point =
        std::round(static_cast<double>(q.zero_point[0]) - static_cast<double>(*term) / static_cast<double>(q.scale[0]));
    if (!(zero_point >= -128 && zero_point <= 127)) return std::nullopt;
    q.zero_point[0] = static_cast<std::int64_t>(zero_point);
    return q;
  }
  return std::nullopt;
}

}  // namespace

Quantization absorb_normalization(Graph& graph, Quantization raw) {
  if (graph.inputs.empty() || raw.scale.size() != 1 || raw.zero_point.size() != 1) return raw;
  const ValueId input = graph.inputs[0];
  while (true) {
    const int reader = Links(graph).only_reader(input);
    if (reader < 0) return raw;
    const Node& node = graph.nodes[static_cast<std::size_t>(reader)];
    const auto q = reinterpreted(graph, node, raw);
    if (!q) return raw;
    const ValueId result = node.outputs[0];
    graph.nodes.erase(graph.nodes.begin() + reader);
    replace_uses(graph, result, input);
    raw = *q;
  }
}

}  // namespace mirim
