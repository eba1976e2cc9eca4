#include "mirim/passes/channel_intervals.hpp"

#include <algorithm>
#include <optional>

#include "mirim/base/error.hpp"
#include "mirim/graph/hollow.hpp"
#include "mirim/micro/requantize.hpp"
#include "mirim/ops/concatenation.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/pad.hpp"
#include "mirim/ops/pool2d.hpp"
#include "mirim/ops/quantization_math.hpp"
#include "mirim/ops/reduce.hpp"

namespace mirim {
namespace {

constexpr Interval kAny{-128, 127};

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

bool is_int8(const Graph& graph, ValueId id) { return id != kNoValue && graph[id].type.dtype == DType::int8; }

std::int64_t last_axis(const Value& value) {
  const Shape& shape = value.type.shape;
  return shape.rank() == 0 ? 1 : shape.back();
}

std::vector<Interval> any(const Value& value) { return std::vector<Interval>(at(last_axis(value)), kAny); }

/// The least and the most of the elements at each index of the last axis; they are dense.
std::vector<Interval> of_elements(std::span<const std::int8_t> least, std::span<const std::int8_t> most,
                                  std::int64_t channels) {
  std::vector<Interval> result(at(channels), {127, -128});
  for (std::size_t i = 0; i < least.size(); ++i) {
    Interval& channel = result[i % result.size()];
    channel.least = std::min<std::int64_t>(channel.least, least[i]);
    channel.most = std::max<std::int64_t>(channel.most, most[i]);
  }
  return result;
}

std::span<const std::int8_t> int8_of(BytesView bytes) {
  return {reinterpret_cast<const std::int8_t*>(bytes.data()), bytes.size()};
}

/// Runs the node with these contents of its inputs; returns its first output.
Bytes run_once(const Graph& graph, const Node& node, const std::vector<Tensor>& inputs) {
  std::vector<ConstTensorView> in;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    in.push_back(node.inputs[i] == kNoValue ? ConstTensorView{} : inputs[i].view());
  }
  std::vector<Tensor> results;
  for (const ValueId id : node.outputs) results.emplace_back(graph[id].type, graph[id].quantization);
  std::vector<TensorView> out;
  for (Tensor& tensor : results) out.push_back(tensor.view());
  node.op.forward(Inputs(in), Outputs(out));
  return results[0].bytes;
}

// One end of every interval, as the node's inputs. Constants are themselves.
std::vector<Tensor> filled(const Graph& graph, const Node& node, const ChannelIntervals& known,
                           std::int64_t Interval::*end) {
  std::vector<Tensor> inputs(node.inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (node.inputs[i] == kNoValue) continue;
    const Value& value = graph[node.inputs[i]];
    inputs[i] = Tensor(value.type, value.quantization);
    if (value.is_constant()) {
      inputs[i].bytes = *value.constant;
      continue;
    }
    const auto& channels = known[at(node.inputs[i])];
    const auto elements = inputs[i].as<std::int8_t>();
    for (std::size_t e = 0; e < elements.size(); ++e) {
      elements[e] = static_cast<std::int8_t>(channels[e % channels.size()].*end);
    }
  }
  return inputs;
}

/// Sums and means whose factor is below 1: no bit of a sum is shifted out, so a larger sum has no smaller result.
bool is_mean(const Graph& graph, const Node& node) {
  if (!node.op.is<Mean>()) return false;
  const auto &in = graph[node.inputs[0]], &out = graph[node.outputs[0]];
  if (in.quantization.scale.size() != 1 || out.quantization.scale.size() != 1) return false;
  return in.quantization.scale[0] < out.quantization.scale[0] * 1024;
}

/// Operators whose results never fall when an element of an input grows.
bool rises(const Graph& graph, const Node& node) {
  const Op& op = node.op;
  if (node.outputs.size() != 1 || !is_int8(graph, node.outputs[0])) return false;
  if (op.kind() != OperatorKind::move && !op.is<AveragePool2d>() && !op.is<MaxPool2d>() && !is_mean(graph, node)) {
    return false;
  }
  return std::ranges::all_of(node.inputs, [&](ValueId id) {
    return id == kNoValue || graph[id].is_constant() || (is_int8(graph, id) && !graph[id].variable);
  });
}

/// Whether the first input and the output are in the same steps.
bool keeps_scale(const Graph& graph, const Node& node) {
  return is_int8(graph, node.inputs[0]) && graph[node.inputs[0]].quantization == graph[node.outputs[0]].quantization;
}

/// A pool of equal elements is that element, clamped.
template <class Pool>
std::optional<std::vector<Interval>> of_pool(const Graph& graph, const Node& node, const std::vector<Interval>& x) {
  const auto* pool = node.op.as<Pool>();
  if (pool == nullptr || graph[node.outputs[0]].type.shape.elements() == 0) return std::nullopt;
  const PerTensor output = per_tensor(node.op.name(), "output", graph[node.outputs[0]].operand());
  const IntegerRange range = output_range(node.op.name(), pool->activation, output, DType::int8);
  std::vector<Interval> result = x;
  for (Interval& channel : result) {
    channel = {std::clamp<std::int64_t>(channel.least, range.min, range.max),
               std::clamp<std::int64_t>(channel.most, range.min, range.max)};
  }
  return result;
}

std::optional<std::vector<Interval>> of_pad(const Graph& graph, const Node& node, const std::vector<Interval>& x) {
  if (!node.op.is<Pad>() || graph[node.inputs[0]].type.shape.elements() == 0) return std::nullopt;
  const Shape &from = graph[node.inputs[0]].type.shape, &to = graph[node.outputs[0]].type.shape;
  if (from.rank() < 2 || from.back() != to.back() || graph[node.inputs[0]].quantization.zero_point.size() != 1) {
    return std::nullopt;
  }
  const std::int64_t zero = graph[node.inputs[0]].quantization.zero_point[0];
  std::vector<Interval> result = x;
  for (Interval& channel : result) {
    if (from != to) channel = {std::min(channel.least, zero), std::max(channel.most, zero)};
  }
  return result;
}

std::optional<std::vector<Interval>> of_concatenation(const Graph& graph, const Node& node,
                                                      const ChannelIntervals& known) {
  const auto* op = node.op.as<Concatenation>();
  const Value& y = graph[node.outputs[0]];
  const int rank = y.type.shape.rank();
  if (op == nullptr || rank < 1 || normalize_axis(op->axis, rank) != rank - 1 || y.type.shape.elements() == 0) {
    return std::nullopt;
  }
  std::vector<Interval> result;
  for (const ValueId id : node.inputs) {
    if (id == kNoValue || graph[id].quantization != y.quantization) return std::nullopt;
    result.insert(result.end(), known[at(id)].begin(), known[at(id)].end());
  }
  return result.size() == at(last_axis(y)) ? std::optional(result) : std::nullopt;
}

/// Without running the operator on whole tensors, which are large in large networks; empty for all others.
std::optional<std::vector<Interval>> by_channel(const Graph& graph, const Node& node, const ChannelIntervals& known) {
  if (node.inputs.empty() || node.inputs[0] == kNoValue || !keeps_scale(graph, node)) return std::nullopt;
  const std::vector<Interval>& x = known[at(node.inputs[0])];
  if (auto result = of_pool<MaxPool2d>(graph, node, x)) return result;
  if (auto result = of_pool<AveragePool2d>(graph, node, x)) return result;
  if (auto result = of_pad(graph, node, x)) return result;
  return of_concatenation(graph, node, known);
}

std::vector<Interval> of_rising(const Graph& graph, const Node& node, const ChannelIntervals& known) {
  if (auto result = by_channel(graph, node, known)) return *std::move(result);
  const Bytes least = run_once(graph, node, filled(graph, node, known, &Interval::least));
  const Bytes most = run_once(graph, node, filled(graph, node, known, &Interval::most));
  return of_elements(int8_of(least), int8_of(most), last_axis(graph[node.outputs[0]]));
}

/// Operators of two operands that only rise or only fall in one of them while the other stays. Their intermediate
/// results lose no bits at these scales.
bool is_monotone_pair(const Graph& graph, const Node& node) {
  const Op& op = node.op;
  const bool sum = op.is<Add>() || op.is<Sub>(), product = op.is<Mul>();
  if (!sum && !product && !op.is<Maximum>() && !op.is<Minimum>()) return false;
  std::vector<double> scales;
  for (const ValueId id : {node.inputs[0], node.inputs[1], node.outputs[0]}) {
    if (!is_int8(graph, id) || graph[id].variable || graph[id].quantization.scale.size() != 1) return false;
    scales.push_back(static_cast<double>(graph[id].quantization.scale[0]));
  }
  const double factor = product ? scales[0] * scales[1] / scales[2] : std::max(scales[0], scales[1]) / scales[2];
  return !(sum || product) || factor < 1024;
}

/// Of an operand, spread over the last axis of the result.
std::vector<Interval> spread(const std::vector<Interval>& operand, std::int64_t channels) {
  std::vector<Interval> result;
  for (std::size_t c = 0; c < at(channels); ++c) result.push_back(operand[operand.size() == 1 ? 0 : c]);
  return result;
}

std::vector<Interval> of_pair(const Graph& graph, const Node& node, const ChannelIntervals& known) {
  const std::int64_t channels = last_axis(graph[node.outputs[0]]);
  const auto a = spread(known[at(node.inputs[0])], channels), b = spread(known[at(node.inputs[1])], channels);
  std::vector<Interval> result(at(channels), {127, -128});
  // The extremes are at the corners.
  for (const auto first : {&Interval::least, &Interval::most}) {
    for (const auto second : {&Interval::least, &Interval::most}) {
      std::vector<Tensor> inputs;
      for (std::size_t i = 0; i < 2; ++i) {
        inputs.emplace_back(TensorType{DType::int8, {channels}}, graph[node.inputs[i]].quantization);
        for (std::size_t c = 0; c < at(channels); ++c) {
          inputs[i].as<std::int8_t>()[c] = static_cast<std::int8_t>(i == 0 ? a[c].*first : b[c].*second);
        }
      }
      Tensor out({DType::int8, {channels}}, graph[node.outputs[0]].quantization);
      const std::vector<ConstTensorView> in{std::as_const(inputs[0]).view(), std::as_const(inputs[1]).view()};
      const std::vector<TensorView> outputs{out.view()};
      node.op.forward(Inputs(in), Outputs(outputs));
      for (std::size_t c = 0; c < at(channels); ++c) {
        result[c].least = std::min<std::int64_t>(result[c].least, out.as<std::int8_t>()[c]);
        result[c].most = std::max<std::int64_t>(result[c].most, out.as<std::int8_t>()[c]);
      }
    }
  }
  return result;
}

std::vector<Interval> of_table(std::span<const std::int8_t> table, const std::vector<Interval>& x) {
  std::vector<Interval> result;
  for (const Interval& channel : x) {
    const auto values = table.subspan(at(channel.least + 128), at(channel.most - channel.least + 1));
    const auto [least, most] = std::ranges::minmax(values);
    result.push_back({least, most});
  }
  return result;
}

/// The results of sums of one channel.
Interval requantized(const IntegerLayer& layer, std::int64_t output, const Interval& sum) {
  const WeightedParameters& p = layer.parameters;
  const auto numbers = [&](std::size_t constant) {
    return reinterpret_cast<const std::int32_t*>(p.constants[constant].bytes.data())[output * p.multiplier_stride];
  };
  const std::int32_t multiplier = numbers(0), shift = numbers(1);
  const std::int64_t largest = std::max(std::abs(sum.least), std::abs(sum.most));
  // A sum that a shift to the left takes out of its 32 bits has any result.
  if (multiplier < 0 || largest << std::max(shift, 0) > INT32_MAX) return {p.range.min, p.range.max};
  const auto result = [&](std::int64_t s) -> std::int64_t {
    const auto scaled = micro::multiply_by_quantized_multiplier(static_cast<std::int32_t>(s), multiplier, shift);
    return micro::clamp(p.output.zero_point + scaled, p.range.min, p.range.max);
  };
  return {result(sum.least), result(sum.most)};
}

std::vector<Interval> of_layer(const Graph& graph, const IntegerLayer& layer, const ChannelIntervals& known) {
  if (is_hollow(graph[layer.weights])) {
    return std::vector<Interval>(at(layer.outputs), {layer.parameters.range.min, layer.parameters.range.max});
  }
  std::vector<Interval> result = sum_intervals(graph, layer, known[at(layer.x)]);
  for (std::size_t o = 0; o < result.size(); ++o) {
    result[o] = requantized(layer, static_cast<std::int64_t>(o), result[o]);
  }
  return result;
}

std::vector<Interval> of_result(const Graph& graph, int n, const ChannelIntervals& known) {
  const Node& node = graph.nodes[at(n)];
  const Value& y = graph[node.outputs[0]];
  if (const auto layer = integer_layer(graph, n)) return of_layer(graph, *layer, known);
  if (rises(graph, node)) return of_rising(graph, node, known);
  if (is_monotone_pair(graph, node)) return of_pair(graph, node, known);
  if (const auto table = table_of(graph, node); !table.empty()) return of_table(table, known[at(node.inputs[0])]);
  return any(y);
}

}  // namespace

Interval interval_of_channel(const std::vector<Interval>& x, const IntegerLayer& layer, std::int64_t channel) {
  const auto last = static_cast<std::int64_t>(x.size());
  return layer.channels % last == 0 ? x[at(channel % last)] : kAny;
}

std::vector<Interval> sum_intervals(const Graph& graph, const IntegerLayer& layer, const std::vector<Interval>& x) {
  std::vector<Interval> sums(at(layer.outputs));
  if (layer.bias != kNoValue) {
    const auto bias = graph[layer.bias].values<std::int32_t>();
    for (std::size_t o = 0; o < sums.size(); ++o) sums[o] = {bias[o], bias[o]};
  }
  std::vector<Interval> channels;  // less the zero point
  for (std::int64_t c = 0; c < layer.channels; ++c) {
    Interval values = interval_of_channel(x, layer, c);
    values.least -= layer.parameters.input.zero_point;
    values.most -= layer.parameters.input.zero_point;
    if (layer.pads) values = {std::min<std::int64_t>(values.least, 0), std::max<std::int64_t>(values.most, 0)};
    channels.push_back(values);
  }
  const auto weights = int8_of(*graph[layer.weights].constant);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const auto index = static_cast<std::int64_t>(i);
    const Interval& values = channels[at(layer.channel_of(index))];
    Interval& sum = sums[at(layer.output_of(index))];
    const int w = weights[i];  // NOLINT: a number, no character
    sum.least += w * (w < 0 ? values.most : values.least);
    sum.most += w * (w < 0 ? values.least : values.most);
  }
  return sums;
}

std::vector<std::int8_t> table_of(const Graph& graph, const Node& node) {
  if (!node.op.elementwise() || node.inputs.empty() || node.outputs.size() != 1) return {};
  if (!is_int8(graph, node.inputs[0]) || !is_int8(graph, node.outputs[0]) || graph[node.inputs[0]].is_constant())
    return {};
  if (graph[node.inputs[0]].type.shape != graph[node.outputs[0]].type.shape) return {};
  const Quantization& q = graph[node.inputs[0]].quantization;
  std::vector<Tensor> inputs{Tensor({DType::int8, {256}}, q)};
  for (int i = 0; i < 256; ++i) inputs[0].as<std::int8_t>()[at(i)] = static_cast<std::int8_t>(i - 128);
  std::vector<ConstTensorView> in;
  for (std::size_t i = 1; i < node.inputs.size(); ++i) {
    const Value& value = graph[node.inputs[i]];
    const bool table = node.op.role(i).kind == OperandRole::Kind::table;
    if (node.inputs[i] == kNoValue || !value.is_constant() || (!table && value.type.shape.elements() != 1)) return {};
    inputs.emplace_back(value.type, value.quantization);
    inputs.back().bytes = *value.constant;
    if (!table) inputs.back().type.shape = {1};
  }
  for (const Tensor& tensor : inputs) in.push_back(tensor.view());
  Tensor out({DType::int8, {256}}, graph[node.outputs[0]].quantization);
  const std::vector<TensorView> outputs{out.view()};
  try {
    node.op.forward(Inputs(in), Outputs(outputs));
  } catch (const Error&) {
    return {};  // no kernel takes it
  }
  const auto results = out.as<std::int8_t>();
  return {results.begin(), results.end()};
}

ChannelIntervals channel_intervals(const Graph& graph) {
  ChannelIntervals known(graph.values.size());
  for (std::size_t v = 0; v < graph.values.size(); ++v) {
    const Value& value = graph.values[v];
    if (value.type.dtype != DType::int8 || last_axis(value) < 1) continue;
    known[v] = any(value);
    if (value.is_constant())
      known[v] = of_elements(int8_of(*value.constant), int8_of(*value.constant), last_axis(value));
  }
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    if (node.outputs.empty() || !is_int8(graph, node.outputs[0]) || graph[node.outputs[0]].variable) continue;
    if (known[at(node.outputs[0])].empty()) continue;
    try {
      known[at(node.outputs[0])] = of_result(graph, static_cast<int>(n), known);
    } catch (const Error&) {
      known[at(node.outputs[0])] = any(graph[node.outputs[0]]);  // no kernel takes it
    }
  }
  return known;
}

}  // namespace mirim
