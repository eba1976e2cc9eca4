#include "mirim/passes/equalize.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "mirim/graph/match.hpp"
#include "mirim/ops/activation.hpp"
#include "mirim/ops/elementwise_unary.hpp"
#include "mirim/ops/pool2d.hpp"
#include "mirim/passes/linear.hpp"
#include "mirim/passes/weighted.hpp"

namespace mirim {
namespace {

struct Pair {
  int first;   ///< node
  int second;  ///< node
  std::int64_t channels;
};

/// f(s x) = s f(x) for s > 0.
bool lets_factors_pass(const Op& op) {
  const auto activation = static_cast<Activation>(fused_activation(op).value_or(0));
  return activation == Activation::none || activation == Activation::relu;
}

bool may_change(const Graph& graph, const Links& links, const Node& node) {
  if (!has_float_weights(graph, node) || links.readers(node.inputs[1]).size() != 1) return false;
  const auto& form = graph[node.inputs[1]].form;
  return !(form && (form->codebook || form->grid));
}

/// The layer that reads what `first` gives, across pools and RELU; -1 if there is none or not only one.
int next_layer(const Graph& graph, const Links& links, int first) {
  ValueId id = graph.nodes[static_cast<std::size_t>(first)].outputs[0];
  while (true) {
    const int layer = layer_behind(graph, links, id);
    if (layer >= 0) return layer;
    const int reader = links.only_reader(id);
    if (reader < 0) return -1;
    const Node& node = graph.nodes[static_cast<std::size_t>(reader)];
    const bool pool = node.op.is<MaxPool2d>() || node.op.is<AveragePool2d>();
    if (!(pool || node.op.is<Relu>()) || !lets_factors_pass(node.op)) return -1;
    id = node.outputs[0];
  }
}

std::vector<Pair> pairs_of(const Graph& graph) {
  const Links links(graph);
  std::vector<Pair> pairs;
  for (int n = 0; n < static_cast<int>(graph.nodes.size()); ++n) {
    const Node& first = graph.nodes[static_cast<std::size_t>(n)];
    if (!may_change(graph, links, first) || !lets_factors_pass(first.op)) continue;
    const int second = next_layer(graph, links, n);
    if (second < 0 || !may_change(graph, links, graph.nodes[static_cast<std::size_t>(second)])) continue;
    pairs.push_back({n, second, output_channels(graph, first)});
  }
  return pairs;
}

/// Returns how far a factor was from 1.
float equalize(Graph& graph, const Pair& pair) {
  Node& first = graph.nodes[static_cast<std::size_t>(pair.first)];
  Node& second = graph.nodes[static_cast<std::size_t>(pair.second)];
  const std::vector<float> out = output_reach(graph, first), in = input_reach(graph, second, pair.channels);
  const std::vector<float> zeros(out.size(), 0.0F);
  std::vector<float> up(out.size(), 1.0F), down(out.size(), 1.0F);
  float change = 0;
  for (std::size_t c = 0; c < out.size(); ++c) {
    const float s = std::sqrt(out[c] / in[c]);
    if (!(out[c] > 0 && in[c] > 0) || !std::isnormal(s) || !std::isnormal(1 / s)) continue;
    up[c] = s;
    down[c] = 1 / s;
    change = std::max(change, std::fabs(s - 1));
  }
  scale_output(graph, first, down, zeros);
  scale_input(graph, second, up, zeros);
  return change;
}

}  // namespace

std::int64_t equalize(Graph& graph) {
  const std::vector<Pair> pairs = pairs_of(graph);
  constexpr int kRounds = 50;
  constexpr float kEnough = 0.01F;
  for (int round = 0; round < kRounds; ++round) {
    float change = 0;
    for (const Pair& pair : pairs) change = std::max(change, equalize(graph, pair));
    if (change <= kEnough) break;
  }
  remove_unused_values(graph);
  return static_cast<std::int64_t>(pairs.size());
}

}  // namespace mirim
