#include "mirim/passes/same_in_int8.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "mirim/base/error.hpp"
#include "mirim/graph/known_values.hpp"
#include "mirim/micro/fully_connected.hpp"
#include "mirim/ops/concatenation.hpp"
#include "mirim/ops/conv2d.hpp"
#include "mirim/ops/depthwise_conv2d.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/ops/pool2d.hpp"
#include "mirim/ops/quantize.hpp"
#include "mirim/ops/resize.hpp"
#include "mirim/ops/weighted.hpp"

namespace mirim {
namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

bool is_uint8(const Graph& graph, ValueId id) { return id != kNoValue && graph[id].type.dtype == DType::uint8; }

bool is_layer(const Op& op) { return op.is<Conv2d>() || op.is<DepthwiseConv2d>() || op.is<FullyConnected>(); }

/// The node's operands and results, in int8 where they are uint8, and its operator.
struct Converted {
  Op op;
  std::vector<Value> in, out;  ///< absent operands are empty values
  std::vector<Operand> inputs, outputs;
};

Converted converted(const Graph& graph, const Node& node) {
  Converted c{.op = node.op, .in = {}, .out = {}, .inputs = {}, .outputs = {}};
  for (const ValueId id : node.inputs) c.in.push_back(id == kNoValue ? Value{} : in_int8(graph[id]));
  for (const ValueId id : node.outputs) c.out.push_back(in_int8(graph[id]));
  if (auto* quantize = c.op.as<Quantize>()) {
    if (quantize->to == DType::uint8) quantize->to = DType::int8;
  }
  return c;
}

void bind(const Node& node, Converted& c) {
  c.inputs.clear(), c.outputs.clear();
  for (std::size_t i = 0; i < c.in.size(); ++i) {
    c.inputs.push_back(node.inputs[i] == kNoValue ? Operand{} : c.in[i].operand());
  }
  for (const Value& value : c.out) c.outputs.push_back(value.operand());
}

/// A kernel's result of a sum.
struct Rescaling {
  WeightedParameters p;
  bool rounds_once = false;  ///< uint8 FULLY_CONNECTED

  std::int64_t operator()(std::int64_t sum) const {
    const auto number = [&](std::size_t i) {
      return *reinterpret_cast<const std::int32_t*>(p.constants[i].bytes.data());
    };
    const std::int32_t multiplier = number(0), shift = number(1);
    std::int64_t scaled = 0;
    if (rounds_once) {
      const int right = 31 - shift;
      scaled = (sum * multiplier + (std::int64_t{1} << (right - 1))) >> right;
    } else {
      scaled = micro::multiply_by_quantized_multiplier(static_cast<std::int32_t>(sum), multiplier, shift);
    }
    return std::clamp<std::int64_t>(p.output.zero_point + scaled, p.range.min, p.range.max);
  }

  /// Whether no sum of this magnitude loses bits to a shift to the left.
  bool rises(std::int64_t largest) const {
    const auto shift = reinterpret_cast<const std::int32_t*>(p.constants[1].bytes.data())[0];
    const auto multiplier = reinterpret_cast<const std::int32_t*>(p.constants[0].bytes.data())[0];
    return multiplier >= 0 && shift < 31 && largest << std::max(shift, 0) <= std::numeric_limits<std::int32_t>::max();
  }
};

/// Whether both give the same result, less 128, for all sums up to this magnitude. Neither falls as sums grow, so it is
/// enough to look at both sides of each step.
bool same_results(const Rescaling& of_uint8, const Rescaling& of_int8, std::int64_t largest) {
  if (!of_uint8.rises(largest) || !of_int8.rises(largest)) return false;
  if (of_uint8(-largest) - 128 != of_int8(-largest)) return false;
  const std::int64_t last = of_uint8(largest);
  for (std::int64_t result = of_uint8(-largest) + 1; result <= last; ++result) {
    std::int64_t below = -largest, above = largest;  // of_uint8(below) < result <= of_uint8(above)
    while (above - below > 1) {
      const std::int64_t middle = below + (above - below) / 2;
      (of_uint8(middle) < result ? below : above) = middle;
    }
    if (of_int8(above) + 128 < result || of_int8(below) + 128 >= result) return false;
  }
  return of_int8(largest) + 128 == last;
}

Activation activation_of(const Op& op) {
  if (const auto* conv = op.as<Conv2d>()) return conv->activation;
  if (const auto* depthwise = op.as<DepthwiseConv2d>()) return depthwise->activation;
  return op.as<FullyConnected>()->activation;
}

/// The largest magnitude of a sum: of uint8 inputs, of weights less their zero point.
std::int64_t largest_sum(const Graph& graph, const Node& node, const std::vector<std::int8_t>& weights, int axis) {
  const Shape& shape = graph[node.inputs[1]].type.shape;
  std::int64_t inner = 1;
  for (int i = axis + 1; i < shape.rank(); ++i) inner *= shape[i];
  std::vector<std::int64_t> sums(at(shape[axis]), 0);
  for (std::size_t i = 0; i < weights.size(); ++i) sums[i / at(inner) % sums.size()] += 255 * std::abs(weights[i]);
  const bool biased = node.inputs.size() > 2 && node.inputs[2] != kNoValue;
  for (std::size_t o = 0; biased && o < sums.size(); ++o) {
    sums[o] += std::abs(std::int64_t{graph[node.inputs[2]].values<std::int32_t>()[o]});
  }
  return *std::ranges::max_element(sums);
}

/// Weights less their zero point; nothing if one of them leaves int8.
std::optional<std::vector<std::int8_t>> symmetric_weights(const Value& weights) {
  const Quantization& q = weights.quantization;
  if (q.scale.size() != 1) return std::nullopt;
  const auto zero_point = static_cast<int>(q.zero_point.empty() ? 0 : q.zero_point[0]);
  std::vector<std::int8_t> result;
  for (const std::uint8_t w : weights.values<std::uint8_t>()) {
    const int shifted = w - zero_point;
    if (shifted < -128 || shifted > 127) return std::nullopt;
    result.push_back(static_cast<std::int8_t>(shifted));
  }
  return result;
}

std::optional<Int8Node> same_layer(const Graph& graph, const Node& node) {
  const auto& in = node.inputs;
  const bool biased = in.size() > 2 && in[2] != kNoValue;
  if (!is_uint8(graph, in[0]) || graph[in[0]].is_constant() || !is_uint8(graph, in[1]) || !graph[in[1]].is_constant() ||
      !is_uint8(graph, node.outputs[0]) || (biased && !graph[in[2]].is_constant())) {
    return std::nullopt;
  }
  const auto weights = symmetric_weights(graph[in[1]]);
  if (!weights) return std::nullopt;
  const int axis = node.op.role(1).axis;
  const std::string_view name = node.op.name();
  const std::vector<Operand> read = operands(graph, in), made = operands(graph, node.outputs);
  const Rescaling of_uint8{weighted_parameters(name, Types(read), Types(made), axis, activation_of(node.op)),
                           node.op.is<FullyConnected>()};
  Converted c = converted(graph, node);
  c.in[1].constant = make_constant(*weights);
  c.in[1].quantization.zero_point = {0};
  const std::int64_t largest = largest_sum(graph, node, *weights, axis);
  // uint8 convolutions multiply the scales in float32, int8 ones in float64. A weight scale beside the file's may make
  // the same steps of it.
  const float scale = c.in[1].quantization.scale[0];
  float up = scale, down = scale;
  for (int attempt = 0; attempt < 9; ++attempt) {
    for (const float candidate : {up, down}) {
      c.in[1].quantization.scale = {candidate};
      bind(node, c);
      const Rescaling of_int8{weighted_parameters(name, Types(c.inputs), Types(c.outputs), axis, activation_of(c.op))};
      if (!same_results(of_uint8, of_int8, largest)) continue;
      c.op.lower(Types(c.inputs), Types(c.outputs));
      Int8Node result{.op = c.op, .constants = {std::nullopt, c.in[1]}};
      return result;
    }
    up = std::nextafter(up, std::numeric_limits<float>::max());
    down = std::nextafter(down, 0.0F);
  }
  return std::nullopt;
}

/// Runs an elementwise operator on every pair of bytes, or on every byte; `type` gives an operand's or the result's.
Bytes on_all_bytes(const Op& op, const std::vector<const Value*>& in, const Value& out) {
  const std::int64_t count = in.size() == 1 ? 256 : 65536;
  std::vector<Tensor> inputs;
  for (std::size_t i = 0; i < in.size(); ++i) {
    inputs.emplace_back(TensorType{in[i]->type.dtype, {count}}, in[i]->quantization);
    const int flip = in[i]->type.dtype == DType::int8 ? 0x80 : 0;
    for (std::size_t b = 0; b < inputs[i].bytes.size(); ++b) {
      inputs[i].bytes[b] = static_cast<std::byte>(static_cast<int>((i == 0 ? b : b / 256) % 256) ^ flip);
    }
  }
  std::vector<ConstTensorView> views;
  for (const Tensor& tensor : inputs) views.push_back(tensor.view());
  Tensor result({out.type.dtype, {count}}, out.quantization);
  const std::vector<TensorView> outputs{result.view()};
  op.forward(Inputs(views), Outputs(outputs));
  const std::byte flip{static_cast<unsigned char>(out.type.dtype == DType::int8 ? 0x80 : 0)};
  for (std::byte& b : result.bytes) b ^= flip;
  return result.bytes;
}

/// Whether an elementwise operator of one or two bytes gives the same in int8, by trying all.
bool same_on_all_bytes(const Graph& graph, const Node& node, const Converted& c) {
  std::vector<const Value*> before, after;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    if (!is_uint8(graph, node.inputs[i])) return false;
    before.push_back(&graph[node.inputs[i]]);
    after.push_back(&c.in[i]);
  }
  if (before.size() > 2 || node.outputs.size() != 1) return false;
  return on_all_bytes(node.op, before, graph[node.outputs[0]]) == on_all_bytes(c.op, after, c.out[0]);
}

bool is_odd(const Window& window, std::int64_t input) {
  for (std::int64_t o = 0; o < window.output; ++o) {
    const std::int64_t first = std::max<std::int64_t>(window.start(o), 0);
    const std::int64_t end = std::min(window.start(o) + window.filter, input);
    if ((end - first) % 2 == 0) return false;
  }
  return true;
}

/// Means of an odd number of pixels: those of an even number may lie in the middle between two integers, and are then
/// rounded away from zero, which is another way in int8.
bool averages_odd_numbers(const Graph& graph, const Node& node) {
  const auto& pool = *node.op.as<AveragePool2d>();
  const Shape& x = graph[node.inputs[0]].type.shape;
  const auto window = [&](int axis, std::int32_t filter, std::int32_t stride) {
    return slide("", pool.padding, x[axis], filter, stride, 1);
  };
  return is_odd(window(1, pool.filter.height, pool.stride.height), x[1]) &&
         is_odd(window(2, pool.filter.width, pool.stride.width), x[2]);
}

/// Whether the operator only moves bytes, or picks some of them. Its uint8 operands have one quantization with its
/// results, as int8 demands.
bool only_moves(const Graph& graph, const Node& node) {
  const Op& op = node.op;
  const bool averages = op.is<AveragePool2d>();
  if (averages && !averages_odd_numbers(graph, node)) return false;
  if (!averages && !op.is<MaxPool2d>() && (op.kind() != OperatorKind::move || needs_types_only(op))) return false;
  if (op.is<ResizeBilinear>()) return false;  // rounds
  for (const ValueId id : node.inputs) {
    const bool index = id == kNoValue || graph[id].is_constant();
    if (!index && !is_uint8(graph, id)) return false;
    if (is_uint8(graph, id) && graph[id].quantization != graph[node.outputs[0]].quantization) return false;
  }
  return std::ranges::all_of(node.outputs, [&](ValueId id) {
    return is_uint8(graph, id) && graph[id].quantization == graph[node.outputs[0]].quantization;
  });
}

/// QUANTIZE of floats: clamped and rounded before the zero point is added.
bool quantizes_floats(const Graph& graph, const Node& node) {
  return node.op.is<Quantize>() && graph[node.inputs[0]].type.dtype == DType::float32;
}

}  // namespace

void set_int8(Value& value) {
  value.type.dtype = DType::int8;
  if (value.quantization.empty()) return;
  auto& zero_points = value.quantization.zero_point;
  zero_points.resize(value.quantization.scale.size(), 0);
  for (std::int64_t& zero_point : zero_points) zero_point -= 128;
}

Value in_int8(const Value& value) {
  Value result = value;
  if (value.type.dtype != DType::uint8) return result;
  set_int8(result);
  if (!value.constant) return result;
  Bytes bytes = *value.constant;
  for (std::byte& b : bytes) b ^= std::byte{0x80};
  result.constant = make_constant(std::move(bytes));
  return result;
}

std::optional<Int8Node> same_in_int8(const Graph& graph, const Node& node) {
  const auto touches = [&](ValueId id) { return is_uint8(graph, id); };
  if (std::ranges::none_of(node.inputs, touches) && std::ranges::none_of(node.outputs, touches)) return std::nullopt;
  for (const auto* ids : {&node.inputs, &node.outputs}) {
    for (const ValueId id : *ids) {
      if (id == kNoValue ? ids == &node.outputs : graph[id].variable) return std::nullopt;
      if (is_uint8(graph, id) && graph[id].quantization.scale.size() != 1) return std::nullopt;
    }
  }
  try {
    if (is_layer(node.op)) return same_layer(graph, node);
    Converted c = converted(graph, node);
    bind(node, c);
    const bool same = only_moves(graph, node) || quantizes_floats(graph, node) ||
                      (node.op.elementwise() && same_on_all_bytes(graph, node, c));
    if (!same) return std::nullopt;
    c.op.infer(Types(c.inputs));
    c.op.lower(Types(c.inputs), Types(c.outputs));
    Int8Node result{.op = c.op};
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const bool constant = is_uint8(graph, node.inputs[i]) && graph[node.inputs[i]].is_constant();
      result.constants.push_back(constant ? std::optional(c.in[i]) : std::nullopt);
    }
    return result;
  } catch (const Error&) {
    return std::nullopt;  // a kernel takes it in one of both types only
  }
}

}  // namespace mirim
