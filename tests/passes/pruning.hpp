#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "mirim/graph/match.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/passes/remove_channels.hpp"

namespace mirim::test {

/// Whether the constant, along this axis, is what makes a channel's numbers: all 0 makes the channel 0.
inline bool makes_channels(const Graph& graph, const Group& group, const ChannelAxis& axis) {
  const auto produced = [&](const Producer& p) { return p.weights == axis.value && p.axis == axis.axis; };
  if (std::ranges::any_of(group.producers, produced)) return true;
  using Kind = OperandRole::Kind;
  for (const Node& node : graph.nodes) {
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] != axis.value) continue;
      const Kind kind = node.op.role(i).kind;
      if (kind == Kind::bias || kind == Kind::scale || kind == Kind::shift || node.op.is<Add>()) return true;
    }
  }
  return false;
}

/// Sets all that makes these channels to 0; weights that read them stay as they are.
inline void zero_channels(Graph& graph, const Group& group, std::span<const std::int64_t> channels) {
  for (const ChannelAxis& axis : group.axes) {
    Value& value = graph[axis.value];
    if (!value.is_constant() || !makes_channels(graph, group, axis)) continue;
    std::int64_t inner = 1;
    for (int i = axis.axis + 1; i < value.type.shape.rank(); ++i) inner *= value.type.shape[i];
    const auto old = value.values<float>();
    std::vector<float> values(old.begin(), old.end());
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto channel = axis.channel[i / static_cast<std::size_t>(inner) % axis.channel.size()];
      if (std::ranges::find(channels, channel) != channels.end()) values[i] = 0;
    }
    value.constant = make_constant(values);
  }
}

}  // namespace mirim::test
