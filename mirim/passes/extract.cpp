#include "mirim/passes/extract.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/base/spelling.hpp"
#include "mirim/base/text.hpp"
#include "mirim/exec/own_losses.hpp"
#include "mirim/graph/random_input.hpp"
#include "mirim/passes/simplify.hpp"

namespace mirim {
namespace {

ValueId value_named(const Graph& graph, const std::string& name) {
  std::vector<std::string> known;
  ValueId of_layer = kNoValue;
  for (std::size_t i = 0; i < graph.values.size(); ++i) {
    const Value& value = graph.values[i];
    if (value.is_constant()) continue;
    if (value.name == name) return static_cast<ValueId>(i);
    known.push_back(value.name);
  }
  for (const Node& node : graph.nodes) {
    for (const ValueId id : node.outputs) {
      if (id != kNoValue && graph[id].name.starts_with(name + "/")) of_layer = id;
    }
  }
  if (of_layer != kNoValue) return of_layer;
  fail("there is no layer '{}'; {}", shortened(name), suggestion(name, known));
}

std::vector<ValueId> values_named(const Graph& graph, const std::vector<std::string>& names,
                                  const std::vector<ValueId>& otherwise) {
  if (names.empty()) return otherwise;
  std::vector<ValueId> ids;
  for (const std::string& name : names) {
    const ValueId id = value_named(graph, name);
    if (std::ranges::find(ids, id) != ids.end()) fail("'{}' is named twice", shortened(name));
    ids.push_back(id);
  }
  return ids;
}

/// The graph's inputs and variables on which `outputs` depend, where nothing before `inputs` counts.
std::vector<char> needed(const Graph& graph, const std::vector<ValueId>& inputs, const std::vector<ValueId>& outputs) {
  std::vector<char> wanted(graph.values.size(), 0);
  for (const ValueId id : outputs) wanted[static_cast<std::size_t>(id)] = 1;
  const auto given = [&](ValueId id) { return std::ranges::find(inputs, id) != inputs.end(); };
  for (std::size_t n = graph.nodes.size(); n-- > 0;) {
    const Node& node = graph.nodes[n];
    const bool runs = std::ranges::any_of(
        node.outputs, [&](ValueId id) { return id != kNoValue && wanted[static_cast<std::size_t>(id)] && !given(id); });
    if (!runs) continue;
    for (const ValueId id : node.inputs) {
      if (id != kNoValue) wanted[static_cast<std::size_t>(id)] = 1;
    }
  }
  return wanted;
}

void keep_whole_losses(Graph& graph) {
  if (!resolve_own_losses(graph).missing.empty()) set_own_losses(graph, {});
}

}  // namespace

Graph extract(Graph graph, const std::vector<std::string>& from, const std::vector<std::string>& to) {
  for (const Node& node : graph.nodes) {
    if (node.outputs.empty()) {
      fail("the model keeps state ({}); a part of it cannot be taken out", node.op.name());
    }
  }
  std::vector<ValueId> inputs = values_named(graph, from, graph.inputs);
  const std::vector<ValueId> outputs = values_named(graph, to, graph.outputs);
  const std::vector<char> wanted = needed(graph, inputs, outputs);
  for (const ValueId id : inputs) {
    if (!from.empty() && !wanted[static_cast<std::size_t>(id)]) {
      fail("'{}' does not depend on '{}'", graph[outputs[0]].name, graph[id].name);
    }
  }
  if (from.empty()) std::erase_if(inputs, [&](ValueId id) { return !wanted[static_cast<std::size_t>(id)]; });
  for (const ValueId id : graph.inputs) {
    if (!wanted[static_cast<std::size_t>(id)] || std::ranges::find(inputs, id) != inputs.end()) continue;
    if (!distribution_of(graph[id])) {
      fail("'{}' also needs input '{}', which does not go through '{}'; name it among --from", graph[outputs[0]].name,
           graph[id].name, graph[inputs[0]].name);
    }
    inputs.push_back(id);
  }
  for (const ValueId id : outputs) {
    if (std::ranges::find(inputs, id) != inputs.end()) fail("nothing lies between '{}' and itself", graph[id].name);
  }
  if (inputs.empty()) fail("'{}' depends on no input", graph[outputs[0]].name);
  std::erase_if(graph.nodes, [&](const Node& node) {
    return std::ranges::any_of(node.outputs, [&](ValueId id) { return std::ranges::find(inputs, id) != inputs.end(); });
  });
  const bool same_output = outputs == graph.outputs;
  graph.inputs = std::move(inputs);
  graph.outputs = outputs;
  eliminate_dead_nodes(graph);
  remove_unused_values(graph);
  if (!same_output) set_own_losses(graph, {});
  keep_whole_losses(graph);
  return graph;
}

}  // namespace mirim
