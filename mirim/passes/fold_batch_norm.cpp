#include "mirim/passes/fold_batch_norm.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

#include "mirim/base/error.hpp"
#include "mirim/graph/match.hpp"
#include "mirim/ops/batch_norm.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/passes/linear.hpp"
#include "mirim/passes/weighted.hpp"

namespace mirim {
namespace {

using Floats = std::vector<float>;

/// The constant operand of a MUL or ADD as one number per channel; empty if it is none.
Floats per_channel(const Value& value, std::int64_t channels) {
  if (!value.is_constant() || value.type.dtype != DType::float32) return {};
  const auto values = value.values<float>();
  if (values.size() == 1) return Floats(static_cast<std::size_t>(channels), values[0]);
  // [C] or [1,...,1,C]: anything else differs along other axes.
  if (static_cast<std::int64_t>(values.size()) != channels || value.type.shape.back() != channels) return {};
  return {values.begin(), values.end()};
}

/// Merges node n, a MUL or ADD by a constant, into the linear node before it. False if there is none.
bool fold_one(Graph& graph, const Links& links, int n) {
  Node& node = graph.nodes[static_cast<std::size_t>(n)];
  const bool multiplies = node.op.is<Mul>();
  if ((!multiplies && !node.op.is<Add>()) || node.inputs.size() != 2) return false;
  const int side = graph[node.inputs[0]].is_constant() ? 1 : 0;  // which operand is computed
  const ValueId input = node.inputs[static_cast<std::size_t>(side)];
  const int producer = links.producer(input);
  if (producer < 0 || links.only_reader(input) != n) return false;
  Node& before = graph.nodes[static_cast<std::size_t>(producer)];
  if (!has_float_weights(graph, before) || !without_activation(before.op)) return false;
  const std::int64_t channels = graph[input].type.shape.back();
  const Floats values = per_channel(graph[node.inputs[static_cast<std::size_t>(1 - side)]], channels);
  // Channels of the operator's own output: a broadcast that widens the result is no affine map of it.
  if (values.empty() || graph[node.outputs[0]].type != graph[input].type) return false;
  const Floats ones(values.size(), 1.0F), zeros(values.size(), 0.0F);
  scale_output(graph, before, multiplies ? values : ones, multiplies ? zeros : values);
  set_fused_activation(before.op, fused_activation(node.op).value_or(0));
  before.outputs[0] = node.outputs[0];
  return true;
}

std::pair<Floats, Floats> affine_of(const Graph& graph, int n) {
  const Node& node = graph.nodes[static_cast<std::size_t>(n)];
  const auto& op = *node.op.as<BatchNorm>();
  for (std::size_t i = 1; i < 5; ++i) {
    if (!graph[node.inputs[i]].is_constant()) {
      fail("{}: input {} is computed at run time, expected a constant", describe(graph, n), i);
    }
  }
  const auto of = [&](std::size_t i) { return graph[node.inputs[i]].values<float>(); };
  Floats factor, offset;
  for (std::size_t c = 0; c < of(1).size(); ++c) {
    factor.push_back(of(1)[c] / std::sqrt(of(4)[c] + op.epsilon));
    offset.push_back(of(2)[c] - of(3)[c] * factor.back());
    if (!std::isfinite(factor.back()) || !std::isfinite(offset.back())) {
      fail("{}: the statistics of channel {} are not finite", describe(graph, n), c);
    }
  }
  return {factor, offset};
}

}  // namespace

void expand_batch_norm(Graph& graph) {
  std::vector<Node> nodes;
  for (int n = 0; n < static_cast<int>(graph.nodes.size()); ++n) {
    const Node node = graph.nodes[static_cast<std::size_t>(n)];
    if (!node.op.is<BatchNorm>()) {
      nodes.push_back(node);
      continue;
    }
    const auto [factor, offset] = affine_of(graph, n);
    const Value& output = graph[node.outputs[0]];
    const std::string name = output.name;
    const Shape channels{static_cast<std::int64_t>(factor.size())};
    const ValueId product = graph.add(Value{.name = name + "/mul", .type = output.type});
    const ValueId scale = add_constant(graph, name + "/scale", channels, factor);
    const ValueId shift = add_constant(graph, name + "/offset", channels, offset);
    nodes.push_back({.op = Mul{}, .inputs = {node.inputs[0], scale}, .outputs = {product}, .name = name + "/mul"});
    nodes.push_back({.op = Add{}, .inputs = {product, shift}, .outputs = node.outputs, .name = node.name});
  }
  graph.nodes = std::move(nodes);
  remove_unused_values(graph);
}

void fold_affine(Graph& graph) {
  auto links = std::make_unique<Links>(graph);
  for (std::size_t n = 0; n < graph.nodes.size();) {
    if (!fold_one(graph, *links, static_cast<int>(n))) {
      ++n;
      continue;
    }
    // The node after n is now at n: continue there.
    graph.nodes.erase(graph.nodes.begin() + static_cast<std::ptrdiff_t>(n));
    links = std::make_unique<Links>(graph);
  }
  remove_unused_values(graph);
}

void fold_batch_norm(Graph& graph) {
  expand_batch_norm(graph);
  fold_affine(graph);
}

}  // namespace mirim
