#include <algorithm>

#include "bench/training/networks.hpp"
#include "mirim/base/error.hpp"
#include "mirim/exec/parameters.hpp"
#include "mirim/ops/batch_norm.hpp"
#include "mirim/ops/conv2d.hpp"
#include "mirim/ops/depthwise_conv2d.hpp"
#include "mirim/ops/dropout.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/ops/pool2d.hpp"

namespace mirim::benchmark {
namespace {

std::vector<std::int64_t> sizes(const Shape& shape) { return {shape.begin(), shape.end()}; }

void slide_over(peer::Operator& to, std::string_view op, Padding padding, Size2d stride, Size2d dilation) {
  to.stride = {stride.height, stride.width};
  to.dilation = {dilation.height, dilation.width};
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const std::int64_t in = to.in[axis + 1];
    const Window window = slide(op, padding, in, to.kernel[axis], to.stride[axis], to.dilation[axis]);
    const std::int64_t reach = (window.filter - 1) * window.dilation + 1;
    to.before[axis] = window.before;
    to.after[axis] = std::max<std::int64_t>(0, (window.output - 1) * window.stride + reach - in - window.before);
  }
}

/// What only some operators have.
void add_details(peer::Operator& to, const Graph& graph, const Node& node) {
  const auto kernel_of = [&] {
    const Shape& weights = graph[node.inputs[1]].type.shape;
    to.kernel = {weights[1], weights[2]};
  };
  const auto fused = [&](Activation a) { to.activation = enum_names(a)[static_cast<std::size_t>(a)]; };
  if (const auto* conv = node.op.as<Conv2d>()) {
    kernel_of();
    slide_over(to, conv->name, conv->padding, conv->stride, conv->dilation);
    fused(conv->activation);
  } else if (const auto* depthwise = node.op.as<DepthwiseConv2d>()) {
    kernel_of();
    slide_over(to, depthwise->name, depthwise->padding, depthwise->stride, depthwise->dilation);
    fused(depthwise->activation);
  } else if (const auto* most = node.op.as<MaxPool2d>()) {
    to.kernel = {most->filter.height, most->filter.width};
    slide_over(to, most->name, most->padding, most->stride, {});
  } else if (const auto* average = node.op.as<AveragePool2d>()) {
    to.kernel = {average->filter.height, average->filter.width};
    slide_over(to, average->name, average->padding, average->stride, {});
  } else if (const auto* dense = node.op.as<FullyConnected>()) {
    fused(dense->activation);
  } else if (const auto* sum = node.op.as<Add>()) {
    fused(sum->activation);
  } else if (const auto* product = node.op.as<Mul>()) {
    fused(product->activation);
  } else if (const auto* norm = node.op.as<BatchNorm>()) {
    to.number = norm->epsilon;
  } else if (const auto* dropout = node.op.as<Dropout>()) {
    to.number = dropout->rate;
  }
}

}  // namespace

peer::Network describe_to_peer(const Graph& graph, bool rebuilds) {
  peer::Network network{.operators = {},
                        .input = sizes(graph[graph.inputs[0]].type.shape),
                        .output = graph.outputs[0],
                        .rebuilds = rebuilds};
  if (graph.inputs[0] != 0) fail("the network's input must be its first value");
  const std::vector<Parameter> trained = trainable_parameters(graph);
  for (const Node& node : graph.nodes) {
    if (node.op.name() == "SOFTMAX" && node.outputs[0] == graph.outputs[0]) {
      network.output = node.inputs[0];  // LibTorch's cross entropy reads what stands before it
      continue;
    }
    peer::Operator op{.name = std::string(node.op.name()), .makes = node.outputs[0]};
    op.out = sizes(graph[node.outputs[0]].type.shape);
    for (const ValueId id : node.inputs) {
      if (id == kNoValue) continue;
      const Value& value = graph[id];
      if (!value.is_constant()) {
        if (op.reads.empty()) op.in = sizes(value.type.shape);
        op.reads.push_back(id);
      } else if (value.type.dtype == DType::float32) {
        const auto values = value.values<float>();
        const bool is_trained = std::ranges::find(trained, id, &Parameter::value) != trained.end();
        if (is_trained) op.parameters.emplace_back(values.begin(), values.end());
        if (!is_trained && node.op.name() != "BATCH_NORM") op.constant.assign(values.begin(), values.end());
      }
    }
    add_details(op, graph, node);
    network.operators.push_back(std::move(op));
  }
  return network;
}

}  // namespace mirim::benchmark
