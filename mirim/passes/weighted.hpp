#pragma once

#include <optional>
#include <vector>

#include "mirim/graph/graph.hpp"
#include "mirim/graph/match.hpp"

/// What several passes ask and change about layers with weights (CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED).
namespace mirim {

/// Whether the node has float32 weights, and a float32 bias or none, all constant: what folding may change.
bool has_float_weights(const Graph& graph, const Node& node);

/// How many channels the node's output has: the size of the weights' output axis.
std::int64_t output_channels(const Graph& graph, const Node& node);

/// The node now does for x what it did for scale[c] * x + offset[c], where input channel c is the last dimension (a
/// FULLY_CONNECTED row has it repeated). Exact but for rounding only if offset is 0 or no window reaches into padding
/// (see `reads_padding`).
void scale_input(Graph& graph, Node& node, const std::vector<float>& scale, const std::vector<float>& offset);

/// Whether a window of the convolution reaches beyond its input, where zeros stand.
bool reads_padding(const Graph& graph, const Node& node);

/// The index of the layer with float weights that alone reads `id`, directly or past one RESHAPE, or -1. The channels
/// are those of the value: a row of FULLY_CONNECTED must hold whole groups of them.
int layer_behind(const Graph& graph, const Links& links, ValueId id);

/// A float32 constant that is one number or one per channel of [..., channels], as `channels` numbers. Empty for
/// anything else.
std::optional<std::vector<float>> channel_constant(const Graph& graph, ValueId id, std::int64_t channels);

/// A constant appended to the graph.
ValueId add_constant(Graph& graph, const std::string& name, Shape shape, const std::vector<float>& values);

/// y = x * constant or x + constant, with a constant as `channel_constant` takes it.
struct ChannelStep {
  ValueId x = kNoValue;
  std::vector<float> values{};  ///< one per channel
};

/// The node as such a step, when it is a T (Mul or Add) of float32 with one constant operand that does not widen x.
template <class T>
std::optional<ChannelStep> channel_step(const Graph& graph, const Node& node) {
  if (!node.op.is<T>() || node.inputs.size() != 2) return std::nullopt;
  for (int side = 0; side < 2; ++side) {
    const ValueId x = node.inputs[static_cast<std::size_t>(side)];
    const ValueId other = node.inputs[static_cast<std::size_t>(1 - side)];
    if (x == kNoValue || other == kNoValue || graph[x].is_constant()) continue;
    if (graph[x].type != graph[node.outputs[0]].type) continue;
    if (auto values = channel_constant(graph, other, graph[x].type.shape.back())) return ChannelStep{x, *values};
  }
  return std::nullopt;
}

}  // namespace mirim
