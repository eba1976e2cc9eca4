#include "mirim/passes/weighted.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "mirim/graph/hollow.hpp"
#include "mirim/graph/layer_name.hpp"
#include "mirim/ops/conv2d.hpp"
#include "mirim/ops/depthwise_conv2d.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/ops/reshape.hpp"
#include "mirim/ops/transpose_conv.hpp"
#include "mirim/passes/linear.hpp"

namespace mirim {
namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

bool is_float_constant(const Graph& graph, ValueId id) {
  return id != kNoValue && graph[id].is_constant() && graph[id].type.dtype == DType::float32;
}

ValueId bias_of(const Node& node) { return bias_of(node, *linear(node.op)); }

ValueId weights_of(const Node& node) { return node.inputs[linear(node.op)->weights]; }

std::vector<float> bias_values(const Graph& graph, const Node& node) {
  const ValueId bias = bias_of(node);
  if (bias == kNoValue) return std::vector<float>(at(output_channels(graph, node)));
  const auto values = graph[bias].values<float>();
  return {values.begin(), values.end()};
}

void set_weights(Graph& graph, Node& node, const std::vector<float>& values) {
  const Value& old = graph[weights_of(node)];
  std::optional<WeightForm> form = old.form;
  if (form) {  // numbers are scaled one by one: only zeros stay what they were
    form->codebook.reset();
    form->grid.reset();
    if (form->empty()) form.reset();
  }
  const ValueId id = add_constant(graph, old.name, old.type.shape, values);
  graph[id].form = std::move(form);
  node.inputs[linear(node.op)->weights] = id;
}

void set_bias(Graph& graph, Node& node, const std::vector<float>& values) {
  const ValueId old = bias_of(node);
  const std::string name = old == kNoValue ? layer_name(graph, node) + "/bias" : graph[old].name;
  set_bias(node, *linear(node.op), add_constant(graph, name, {static_cast<std::int64_t>(values.size())}, values));
}

/// The output channel of weight element `i`, and the input channel that it multiplies.
struct Place {
  std::int64_t output;
  std::int64_t input;
};

/// Calls f(element, place) for all weights.
template <class F>
void for_each_weight(const Graph& graph, const Node& node, std::int64_t input_channels, F f) {
  const Shape& shape = graph[weights_of(node)].type.shape;
  const std::int64_t count = shape.elements();
  const std::int64_t last = shape.back();
  const std::int64_t outputs = output_channels(graph, node);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t inner = i % last;
    if (node.op.is<DepthwiseConv2d>()) {
      f(i, Place{inner, inner / (outputs / input_channels)});
      continue;
    }
    const std::int64_t output = i / (count / outputs);
    if (node.op.is<Conv2d>()) {
      const std::int64_t group = output * (input_channels / last) / outputs;
      f(i, Place{output, group * last + inner});
    } else {
      f(i, Place{output, inner % input_channels});
    }
  }
}

bool leaves_input(const Window& window, std::int64_t input) {
  const std::int64_t end = window.start(window.output - 1) + (window.filter - 1) * window.dilation;
  return window.before > 0 || end >= input;
}

}  // namespace

bool has_float_weights(const Graph& graph, const Node& node) {
  const auto operands = linear(node.op);
  if (!operands || node.inputs.size() < 2 || !is_float_constant(graph, node.inputs[operands->weights])) return false;
  return bias_of(node) == kNoValue || is_float_constant(graph, bias_of(node));
}

std::int64_t output_channels(const Graph& graph, const Node& node) {
  return graph[weights_of(node)].type.shape[linear(node.op)->output_axis];
}

void scale_input(Graph& graph, Node& node, const std::vector<float>& scale, const std::vector<float>& offset) {
  assert(has_float_weights(graph, node));
  const auto old = graph[weights_of(node)].values<float>();
  std::vector<float> weights(old.begin(), old.end());
  const std::vector<float> bias = bias_values(graph, node);
  if (is_hollow(graph[weights_of(node)])) {  // whatever the bias becomes, it has one then
    if (std::ranges::any_of(offset, [](float x) { return x != 0; })) set_bias(graph, node, bias);
    return;
  }
  std::vector<double> shifted(bias.begin(), bias.end());
  bool shifts = false;
  for_each_weight(graph, node, static_cast<std::int64_t>(scale.size()), [&](std::int64_t i, Place place) {
    shifted[at(place.output)] += double{weights[at(i)]} * offset[at(place.input)];
    shifts = shifts || offset[at(place.input)] != 0;
    weights[at(i)] *= scale[at(place.input)];
  });
  set_weights(graph, node, weights);
  if (shifts) set_bias(graph, node, std::vector<float>(shifted.begin(), shifted.end()));
}

void scale_output(Graph& graph, Node& node, const std::vector<float>& factor, const std::vector<float>& offset) {
  assert(has_float_weights(graph, node));
  std::vector<float> bias = bias_values(graph, node);
  for (std::size_t c = 0; c < bias.size(); ++c) bias[c] = offset[c] + bias[c] * factor[c];
  if (is_hollow(graph[weights_of(node)])) return set_bias(graph, node, bias);
  const Value& old = graph[weights_of(node)];
  const int axis = linear(node.op)->output_axis;
  const RowsOf rows = rows_of(old, axis);
  const auto values = old.values<float>();
  std::vector<float> weights(values.begin(), values.end());
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] *= factor[at(rows.row(static_cast<std::int64_t>(i)))];
  std::optional<WeightForm> form = old.form;
  if (form && form->axis == axis) {
    scale_rows(*form, factor);
  } else {
    form.reset();
  }
  const ValueId id = add_constant(graph, old.name, old.type.shape, weights);
  graph[id].form = std::move(form);
  node.inputs[linear(node.op)->weights] = id;
  set_bias(graph, node, bias);
}

std::vector<float> output_reach(const Graph& graph, const Node& node) {
  std::vector<float> reach(at(output_channels(graph, node)), 0.0F);
  const Value& weights = graph[weights_of(node)];
  const RowsOf rows = rows_of(weights, linear(node.op)->output_axis);
  const auto values = weights.values<float>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    float& r = reach[at(rows.row(static_cast<std::int64_t>(i)))];
    r = std::max(r, std::fabs(values[i]));
  }
  return reach;
}

std::vector<float> input_reach(const Graph& graph, const Node& node, std::int64_t channels) {
  std::vector<float> reach(at(channels), 0.0F);
  if (is_hollow(graph[weights_of(node)])) return reach;
  const auto values = graph[weights_of(node)].values<float>();
  for_each_weight(graph, node, channels, [&](std::int64_t i, Place place) {
    reach[at(place.input)] = std::max(reach[at(place.input)], std::fabs(values[at(i)]));
  });
  return reach;
}

void add_to_bias(Graph& graph, Node& node, const std::vector<double>& addition) {
  assert(has_float_weights(graph, node));
  std::vector<float> bias = bias_values(graph, node);
  for (std::size_t c = 0; c < bias.size(); ++c) bias[c] = static_cast<float>(double{bias[c]} + addition[c]);
  set_bias(graph, node, bias);
}

bool reads_padding(const Graph& graph, const Node& node) {
  const auto check = [&](Padding padding, Size2d stride, Size2d dilation) {
    const Shape& x = graph[node.inputs[0]].type.shape;
    const Shape& w = graph[node.inputs[1]].type.shape;
    return leaves_input(slide(node.op.name(), padding, x[1], w[1], stride.height, dilation.height), x[1]) ||
           leaves_input(slide(node.op.name(), padding, x[2], w[2], stride.width, dilation.width), x[2]);
  };
  if (const auto* conv = node.op.as<Conv2d>()) return check(conv->padding, conv->stride, conv->dilation);
  if (const auto* conv = node.op.as<DepthwiseConv2d>()) return check(conv->padding, conv->stride, conv->dilation);
  return node.op.is<TransposeConv>();
}

int layer_behind(const Graph& graph, const Links& links, ValueId id) {
  const std::int64_t channels = graph[id].type.shape.back();
  int reader = links.only_reader(id);
  if (reader < 0) return -1;
  const Node* node = &graph.nodes[static_cast<std::size_t>(reader)];
  const bool reshaped = node->op.is<Reshape>();
  if (reshaped) {
    reader = links.only_reader(node->outputs[0]);
    if (reader < 0) return -1;
    id = node->outputs[0];
    node = &graph.nodes[static_cast<std::size_t>(reader)];
  }
  if (!has_float_weights(graph, *node) || node->inputs[linear(node->op)->input] != id) return -1;
  if (!node->op.is<FullyConnected>()) return reshaped ? -1 : reader;
  return graph[weights_of(*node)].type.shape[1] % channels == 0 ? reader : -1;
}

std::optional<std::vector<float>> channel_constant(const Graph& graph, ValueId id, std::int64_t channels) {
  if (!is_float_constant(graph, id)) return std::nullopt;
  const auto values = graph[id].values<float>();
  if (values.size() == 1) return std::vector<float>(at(channels), values[0]);
  const bool one_per_channel =
      static_cast<std::int64_t>(values.size()) == channels && graph[id].type.shape.back() == channels;
  if (!one_per_channel) return std::nullopt;
  return std::vector<float>(values.begin(), values.end());
}

ValueId add_constant(Graph& graph, const std::string& name, Shape shape, const std::vector<float>& values) {
  return graph.add(Value{.name = name, .type = {DType::float32, std::move(shape)}, .constant = make_constant(values)});
}

ValueId add_indices(Graph& graph, const std::string& name, const std::vector<std::int32_t>& values) {
  const TensorType type{DType::int32, Shape{static_cast<std::int64_t>(values.size())}};
  return graph.add(Value{.name = name, .type = type, .constant = make_constant(values)});
}

}  // namespace mirim
