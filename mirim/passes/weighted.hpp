#pragma once

#include <optional>
#include <vector>

#include "mirim/graph/graph.hpp"
#include "mirim/graph/match.hpp"

/// Queries and changes that several passes make on layers with weights (those that are `linear`).
namespace mirim {

// Of hollow weights (graph/hollow.hpp) these scale nothing, and their reach is 0.

/// Whether the node has float32 weights, and a float32 bias or none, all constant, so that folding may change them.
bool has_float_weights(const Graph& graph, const Node& node);

/// Output channels of the node: the size of the weights' output axis.
std::int64_t output_channels(const Graph& graph, const Node& node);

/// Changes the node so that it computes for x what it did for scale[c] * x + offset[c], where input channel c is the
/// last dimension (repeated in a FULLY_CONNECTED row). Exact but for rounding only if offset is 0 or no window reaches
/// into padding (see `reads_padding`).
void scale_input(Graph& graph, Node& node, const std::vector<float>& scale, const std::vector<float>& offset);

/// Changes the node so that it gives factor[c] * y + offset[c] where it gave y, before its activation. The weights'
/// form stays as far as it is still true. A node without a bias gets one.
void scale_output(Graph& graph, Node& node, const std::vector<float>& factor, const std::vector<float>& offset);

/// The largest |weight| of each output channel; and of each of the `channels` input channels, as in scale_input.
std::vector<float> output_reach(const Graph& graph, const Node& node);
std::vector<float> input_reach(const Graph& graph, const Node& node, std::int64_t channels);

/// bias[c] += addition[c]; a node without a bias gets one.
void add_to_bias(Graph& graph, Node& node, const std::vector<double>& addition);

/// Whether an output may read fewer inputs than the others: a window that reaches into the zeros of the padding, or any
/// transposed convolution.
bool reads_padding(const Graph& graph, const Node& node);

/// The index of the layer with float weights that is the only reader of `id`, directly or across one RESHAPE, or -1.
/// The channels are those of the value: a row of FULLY_CONNECTED must hold whole groups of them.
int layer_behind(const Graph& graph, const Links& links, ValueId id);

/// A float32 constant of one number or one per channel of [..., channels], as `channels` numbers. Empty for anything
/// else.
std::optional<std::vector<float>> channel_constant(const Graph& graph, ValueId id, std::int64_t channels);

/// Appends a constant to the graph.
ValueId add_constant(Graph& graph, const std::string& name, Shape shape, const std::vector<float>& values);

/// Appends an int32 vector: sizes, positions or axes.
ValueId add_indices(Graph& graph, const std::string& name, const std::vector<std::int32_t>& values);

/// y = x * constant or x + constant, with a constant as in `channel_constant`.
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
