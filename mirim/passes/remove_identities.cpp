#include "mirim/passes/remove_identities.hpp"

#include <algorithm>

#include "mirim/graph/match.hpp"
#include "mirim/ops/concatenation.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/ops/pad.hpp"
#include "mirim/ops/quantize.hpp"
#include "mirim/ops/reshape.hpp"
#include "mirim/passes/channel_intervals.hpp"
#include "mirim/passes/simplify.hpp"

namespace mirim {
namespace {

/// Whether the input and the output are int8 of one shape and scale, and one can stand for the other.
bool keeps_form(const Graph& graph, const Node& node) {
  if (node.inputs.empty() || node.outputs.size() != 1 || node.inputs[0] == kNoValue) return false;
  const Value &x = graph[node.inputs[0]], &y = graph[node.outputs[0]];
  if (x.type.dtype != DType::int8 || x.type != y.type || x.quantization != y.quantization) return false;
  return !x.variable && !y.variable && std::ranges::find(graph.outputs, node.outputs[0]) == graph.outputs.end();
}

bool moves_nothing(const Node& node) {
  // With the same shape, padding adds nothing.
  if (node.op.is<Quantize>() || node.op.is<Pad>() || node.op.is<Reshape>()) return true;
  return node.op.is<Concatenation>() && node.inputs.size() == 1;
}

bool has_table(const Graph& graph, const Node& node) {
  return keeps_form(graph, node) && !moves_nothing(node) && !table_of(graph, node).empty();
}

/// `known` is read only if the node `has_table`.
bool is_identity(const Graph& graph, const Node& node, const ChannelIntervals& known) {
  if (!keeps_form(graph, node)) return false;
  if (moves_nothing(node)) return true;
  const std::vector<std::int8_t> table = table_of(graph, node);
  if (table.empty()) return false;
  for (const Interval& channel : known[static_cast<std::size_t>(node.inputs[0])]) {
    for (std::int64_t v = channel.least; v <= channel.most; ++v) {
      if (table[static_cast<std::size_t>(v + 128)] != v) return false;
    }
  }
  return true;
}

/// A RESHAPE of a RESHAPE, of whatever type: neither moves an element. Nor does one before a FULLY_CONNECTED that makes
/// a matrix of its input anyway.
void skip_reshapes(Graph& graph) {
  const Links links(graph);
  for (Node& node : graph.nodes) {
    const auto* dense = node.op.as<FullyConnected>();
    if (!node.op.is<Reshape>() && (dense == nullptr || dense->keep_num_dims)) continue;
    const int before = links.producer(node.inputs[0]);
    if (before < 0) continue;
    const Node& first = graph.nodes[static_cast<std::size_t>(before)];
    if (first.op.is<Reshape>() && graph[first.inputs[0]].quantization == graph[node.inputs[0]].quantization) {
      node.inputs[0] = first.inputs[0];
    }
  }
}

}  // namespace

void remove_identities(Graph& graph) {
  skip_reshapes(graph);
  // They take longer than all the rest.
  const bool needed = std::ranges::any_of(graph.nodes, [&](const Node& node) { return has_table(graph, node); });
  const ChannelIntervals known = needed ? channel_intervals(graph) : ChannelIntervals{};
  std::vector<char> dead(graph.nodes.size(), 0);
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node node = graph.nodes[n];
    if (!is_identity(graph, node, known)) continue;
    replace_uses(graph, node.outputs[0], node.inputs[0]);
    dead[n] = 1;
  }
  remove_nodes(graph, dead);
  eliminate_dead_nodes(graph);
}

}  // namespace mirim
