#include "mirim/passes/quantize_lstm.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "mirim/ops/fully_connected.hpp"

namespace mirim {
namespace {

Quantization cell_quantization(const Range& range) {
  const float reach = std::max({-range.min, range.max, 0x1p-15F});
  const int power = std::clamp(static_cast<int>(std::ceil(std::log2(reach))), 0, 6);
  return {{std::ldexp(1.0F, power - 15)}, {0}, 0};
}

/// The content that a float variable has at first, as int16.
Constant first_content(const Value& variable, float scale) {
  if (!variable.constant) return nullptr;
  const Bytes& content = *variable.constant;
  const std::span values(reinterpret_cast<const float*>(content.data()), content.size() / sizeof(float));
  std::vector<std::int16_t> integers;
  for (const float x : values) {
    integers.push_back(static_cast<std::int16_t>(std::clamp(std::round(x / scale), -32768.0F, 32767.0F)));
  }
  return make_constant(integers);
}

/// LiteRT wants five values that hold no elements: of each gate, and one with the scale of what would be projected.
void add_intermediates(Graph& graph, Node& node) {
  const std::string name = graph[node.outputs[0]].name;
  const auto add = [&](std::string_view what, DType dtype, const Quantization& q) {
    node.intermediates.push_back(graph.add(Value{.name = fmt::format("{}/{}_intermediate", name, what),
                                                 .type = {dtype, {0}},
                                                 .quantization = q,
                                                 .constant = make_constant(Bytes{})}));
  };
  node.intermediates.clear();
  for (const std::string_view gate : {"input", "forget", "cell", "output"}) add(gate, DType::float32, {});
  const Value& state = graph[node.inputs[lstm::kState]];
  const TensorType type = state.type;
  const Quantization q = state.quantization;
  add("hidden", type.dtype, q);
}

}  // namespace

bool is_float_lstm(const Graph& graph, const Node& node) {
  if (!node.op.is<UnidirectionalSequenceLstm>() || node.inputs.size() <= lstm::kCell) return false;
  for (std::size_t i = lstm::kWeights; i < lstm::kState; ++i) {
    const ValueId id = node.inputs[i];
    if (id != kNoValue && (!graph[id].is_constant() || graph[id].type.dtype != DType::float32)) return false;
  }
  const ValueId cell = node.inputs[lstm::kCell];
  return cell != kNoValue && graph[cell].type.dtype == DType::float32;
}

void quantize_lstm(Graph& graph, Node& node, IntegerConstants& constants, const Range& cell) {
  const ValueId x = node.inputs[lstm::kInput], h = node.inputs[lstm::kState];
  for (std::size_t gate = 0; gate < lstm::kGates; ++gate) {
    ValueId& of_input = node.inputs[lstm::kWeights + gate];
    ValueId& of_state = node.inputs[lstm::kRecurrent + gate];
    ValueId& of_bias = node.inputs[lstm::kBias + gate];
    // A gate's sum is a layer of its own, by the roles of FULLY_CONNECTED.
    Node first{.op = FullyConnected{}, .inputs = {x, of_input, of_bias}, .outputs = node.outputs};
    first.inputs[1] = of_input = constants.weights(first, of_input, -1);
    of_bias = constants.bias(first, of_bias);
    const Node second{.op = FullyConnected{}, .inputs = {h, of_state}, .outputs = node.outputs};
    of_state = constants.weights(second, of_state, -1);
  }
  Value& state = graph[node.inputs[lstm::kCell]];
  state.quantization = cell_quantization(cell);
  state.constant = first_content(state, state.quantization.scale[0]);
  state.type.dtype = DType::int16;
  add_intermediates(graph, node);
}

}  // namespace mirim
