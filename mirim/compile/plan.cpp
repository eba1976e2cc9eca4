#include "mirim/compile/plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mirim/graph/scopes.hpp"

namespace mirim {

std::vector<const State*> learnt_states(const Plan& plan) {
  // What learns is the graph's last branch (mirim/passes/learn_on_device.hpp).
  const auto& nodes = plan.graph.nodes;
  const auto last = std::find_if(nodes.rbegin(), nodes.rend(), [](const Node& node) { return node.op.is<Branch>(); });
  std::vector<const State*> learnt;
  for (const State& state : plan.states) {
    const bool changed = std::any_of(nodes.rbegin(), last, [&](const Node& node) {
      return std::ranges::count(written_variables(plan.graph, node), state.value) > 0;
    });
    if (changed) learnt.push_back(&state);
  }
  return learnt;
}

std::int64_t learnt_bytes(const Plan& plan) {
  std::int64_t sum = 0;
  for (const State* state : learnt_states(plan)) sum += plan.graph[state->value].type.bytes();
  return sum;
}

std::string buffer_name(const Plan& plan, const Buffer& buffer) {
  if (plan.ready >= 0 && &buffer == &plan.buffers[static_cast<std::size_t>(plan.ready)])
    return "whether the state is set";
  if (plan.progress >= 0 && &buffer == &plan.buffers[static_cast<std::size_t>(plan.progress)])
    return "how many rows came";
  if (plan.front_end) {
    const auto is = [&](int index) { return &buffer == &plan.buffers[static_cast<std::size_t>(index)]; };
    if (is(plan.front_end->samples)) return "samples of a frame";
    if (is(plan.front_end->progress)) return "how much sound came";
    if (is(plan.front_end->features)) return "features";
    if (is(plan.front_end->work)) return "a frame's transform";
  }
  for (const Chain& chain : plan.chains) {
    if (chain.state >= 0 && &buffer == &plan.buffers[static_cast<std::size_t>(chain.state)]) return "sums of rows";
  }
  if (buffer.values.empty()) return "scratch";
  for (const Chain& chain : plan.chains) {
    for (const RowWindow& w : chain.windows) {
      if (&buffer == &plan.buffers[static_cast<std::size_t>(w.buffer)])
        return fmt::format("{} ({} of {} rows)", plan.graph[w.value].name, w.capacity, w.height);
    }
  }
  std::string name;
  for (const ValueId id : buffer.values) name += (name.empty() ? "" : ", ") + plan.graph[id].name;
  return name;
}

}  // namespace mirim
