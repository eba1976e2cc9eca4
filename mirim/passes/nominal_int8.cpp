#include "mirim/passes/nominal_int8.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/passes/hollow_weights.hpp"
#include "mirim/passes/linear.hpp"
#include "mirim/passes/prepare_for_quantization.hpp"
#include "mirim/passes/simplify.hpp"

namespace mirim {
namespace {

/// A range as an activation leaves it. Values differ, so that no two scales are equal by chance.
Range nominal_range(const Op& op, std::size_t index) {
  constexpr int kRelu = 1, kReluN1To1 = 2, kRelu6 = 3;
  const float most = 4 + 0.37F * static_cast<float>(index % 5);
  const int activation = fused_activation(op).value_or(0);
  if (activation == kRelu || op.name() == "RELU") return {0, most};
  if (activation == kReluN1To1) return {-1, 1};
  if (activation == kRelu6 || op.name() == "RELU6") return {0, 6};
  return {-most, most};
}

std::vector<Range> nominal_ranges(const Graph& graph) {
  std::vector<Range> ranges(graph.values.size(), Range{-4, 4});
  for (const Node& node : graph.nodes) {
    const auto rule = node.op.quantization(Types(operands(graph, node.inputs)));
    Range range = nominal_range(node.op, static_cast<std::size_t>(&node - graph.nodes.data()));
    if (rule && rule->same_scale && !node.inputs.empty() && node.inputs[0] != kNoValue) {
      range = ranges[static_cast<std::size_t>(node.inputs[0])];
    }
    for (const ValueId id : node.outputs) {
      if (id != kNoValue) ranges[static_cast<std::size_t>(id)] = range;
    }
  }
  return ranges;
}

bool is_image(const TensorType& type) {
  const Shape& shape = type.shape;
  return shape.rank() == 4 && shape[1] > 1 && shape[2] > 1 && (shape[3] == 1 || shape[3] == 3);
}

}  // namespace

std::string why_not_int8(const Graph& graph) {
  for (const Value& value : graph.values) {
    if (!shape_is_known(value)) return "the size of '" + value.name + "' is not known before it runs";
    const DType dtype = value.type.dtype;
    const bool is_integer = dtype == DType::int8 || dtype == DType::int16 || dtype == DType::uint8;
    if (is_integer && !value.quantization.empty() && !value.is_constant()) return "it is an integer model already";
  }
  const bool floats = std::ranges::any_of(
      graph.inputs, [&](ValueId id) { return graph[id].type.dtype == DType::float32 && !graph[id].variable; });
  return floats ? "" : "none of its inputs is float32";
}

std::vector<StaysFloat> make_nominal_int8(Graph& graph) {
  if (const std::string why = why_not_int8(graph); !why.empty()) fail("{}", why);
  fold_constants(graph);  // weights that a file stores in another type
  hollow_weights(graph);
  const bool bytes = graph.inputs.size() == 1 && is_image(graph[graph.inputs[0]].type);
  prepare_for_quantization(graph, {.raw_bytes = bytes, .outside_scaling = !bytes});
  QuantizeOptions options;
  if (bytes) options.input = Quantization{.scale = {1.0F}, .zero_point = {-128}};
  return quantize(graph, nominal_ranges(graph), options);
}

}  // namespace mirim
