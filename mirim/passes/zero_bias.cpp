#include "mirim/passes/zero_bias.hpp"

#include <algorithm>

#include "mirim/graph/match.hpp"
#include "mirim/ops/batch_norm.hpp"
#include "mirim/ops/conv2d.hpp"
#include "mirim/ops/depthwise_conv2d.hpp"

namespace mirim {
namespace {

bool is_float_convolution(const Graph& graph, const Node& node) {
  return (node.op.is<Conv2d>() || node.op.is<DepthwiseConv2d>()) && graph[node.outputs[0]].type.dtype == DType::float32;
}

bool has_bias(const Node& node) { return node.inputs.size() > 2 && node.inputs[2] != kNoValue; }

bool is_zero(const Value& value) {
  return value.is_constant() && value.type.dtype == DType::float32 &&
         std::ranges::all_of(value.values<float>(), [](float x) { return x == 0; });
}

}  // namespace

void add_zero_biases(Graph& graph) {
  for (Node& node : graph.nodes) {
    if (!is_float_convolution(graph, node) || has_bias(node)) continue;
    const Value& output = graph[node.outputs[0]];
    const std::int64_t channels = output.type.shape.back();
    const std::vector<float> zeros(static_cast<std::size_t>(channels), 0.0F);
    Value bias{.name = output.name + "/bias", .type = {DType::float32, {channels}}, .constant = make_constant(zeros)};
    node.inputs.resize(3, kNoValue);
    node.inputs[2] = graph.add(std::move(bias));
  }
}

void remove_zero_biases(Graph& graph) {
  const Links links(graph);
  for (Node& node : graph.nodes) {
    if (!is_float_convolution(graph, node) || !has_bias(node) || !is_zero(graph[node.inputs[2]])) continue;
    const int reader = links.only_reader(node.outputs[0]);
    if (reader < 0 || !graph.nodes[static_cast<std::size_t>(reader)].op.is<BatchNorm>()) continue;
    node.inputs.resize(2);
  }
  remove_unused_values(graph);
}

}  // namespace mirim
