#include "mirim/passes/integer_layer.hpp"

#include "mirim/base/error.hpp"
#include "mirim/ops/conv2d.hpp"
#include "mirim/ops/depthwise_conv2d.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/ops/window.hpp"

namespace mirim {
namespace {

bool reaches_beyond(const Window& window, std::int64_t input) {
  const std::int64_t last = window.start(window.output - 1) + (window.filter - 1) * window.dilation;
  return window.before > 0 || last >= input;
}

template <class Convolution>
bool pads(const Convolution& op, const Shape& x, const Shape& weights) {
  const Window vertical = slide("", op.padding, x[1], weights[1], op.stride.height, op.dilation.height);
  const Window horizontal = slide("", op.padding, x[2], weights[2], op.stride.width, op.dilation.width);
  return reaches_beyond(vertical, x[1]) || reaches_beyond(horizontal, x[2]);
}

/// Throws Error where no kernel takes the layer.
void describe(const Graph& graph, const Node& node, IntegerLayer& layer) {
  const std::vector<Operand> read = operands(graph, node.inputs), made = operands(graph, node.outputs);
  const Types in(read), out(made);
  const Shape &x = in[0].shape(), &weights = in[1].shape();
  if (const auto* conv = node.op.as<Conv2d>()) {
    layer.parameters = weighted_parameters(node.op.name(), in, out, 0, conv->activation);
    layer.outputs = weights[0], layer.channels = x[3], layer.group_channels = weights[3];
    layer.pads = pads(*conv, x, weights);
  } else if (const auto* depthwise = node.op.as<DepthwiseConv2d>()) {
    layer.parameters = weighted_parameters(node.op.name(), in, out, 3, depthwise->activation);
    layer.outputs = weights[3], layer.channels = x[3], layer.group_channels = x[3];
    layer.depthwise = true;
    layer.pads = pads(*depthwise, x, weights);
  } else {
    const auto& dense = *node.op.as<FullyConnected>();
    layer.parameters = weighted_parameters(node.op.name(), in, out, 0, dense.activation);
    layer.outputs = weights[0], layer.channels = layer.group_channels = weights[1];
  }
  layer.groups = layer.channels / layer.group_channels;
  layer.row = weights.elements() / layer.outputs;
}

}  // namespace

std::optional<IntegerLayer> integer_layer(const Graph& graph, int node) {
  const Node& n = graph.nodes[static_cast<std::size_t>(node)];
  if (!n.op.is<Conv2d>() && !n.op.is<DepthwiseConv2d>() && !n.op.is<FullyConnected>()) return std::nullopt;
  IntegerLayer layer{.node = node, .x = n.inputs[0], .weights = n.inputs[1], .y = n.outputs[0], .parameters = {}};
  if (n.inputs.size() > 2) layer.bias = n.inputs[2];
  const DType dtype = graph[layer.x].type.dtype;
  if (dtype != DType::int8 && dtype != DType::int16) return std::nullopt;
  if (!graph[layer.weights].is_constant() || (layer.bias != kNoValue && !graph[layer.bias].is_constant())) {
    return std::nullopt;
  }
  if (graph[layer.weights].type.dtype == DType::int16) return std::nullopt;
  try {
    describe(graph, n, layer);
  } catch (const Error&) {
    return std::nullopt;
  }
  if (layer.parameters.weights_offset != 0) return std::nullopt;
  return layer;
}

std::vector<IntegerLayer> integer_layers(const Graph& graph) {
  std::vector<IntegerLayer> layers;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    if (auto layer = integer_layer(graph, static_cast<int>(n))) layers.push_back(std::move(*layer));
  }
  return layers;
}

}  // namespace mirim
