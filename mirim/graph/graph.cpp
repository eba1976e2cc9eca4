#include "mirim/graph/graph.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/base/text.hpp"

namespace mirim {

ValueId Graph::add(Value value) {
  values.push_back(std::move(value));
  return static_cast<ValueId>(values.size() - 1);
}

ValueId Graph::add(Op op, std::vector<ValueId> node_inputs, std::string node_name) {
  const auto types = in_context(node_name, [&] { return op.infer(operands(*this, node_inputs)); });
  std::vector<ValueId> results;
  for (const TensorType& type : types) {
    const std::string suffix = results.empty() ? "" : "_" + std::to_string(results.size());
    results.push_back(add(Value{.name = node_name + suffix, .type = type}));
  }
  nodes.push_back({std::move(op), std::move(node_inputs), results, std::move(node_name), {}});
  return results.front();
}

std::vector<Operand> operands(const Graph& graph, const std::vector<ValueId>& ids) {
  std::vector<Operand> result;
  for (const ValueId id : ids) result.push_back(id == kNoValue ? Operand{} : graph[id].operand());
  return result;
}

std::vector<int> producers(const Graph& graph) {
  std::vector<int> result(graph.values.size(), -1);
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    for (const ValueId id : graph.nodes[n].outputs) {
      if (id != kNoValue) result[static_cast<std::size_t>(id)] = static_cast<int>(n);
    }
  }
  return result;
}

std::vector<std::vector<int>> consumers(const Graph& graph) {
  std::vector<std::vector<int>> result(graph.values.size());
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    for (const ValueId id : graph.nodes[n].inputs) {
      if (id != kNoValue) result[static_cast<std::size_t>(id)].push_back(static_cast<int>(n));
    }
  }
  return result;
}

bool shape_is_known(const Value& value) { return !value.extras.contains(std::string(kUnknownShape)); }

Bytes initial_content(const Value& variable) {
  Bytes content;
  if (variable.constant) content = *variable.constant;
  const auto& zero_point = variable.quantization.zero_point;
  const bool shifted = variable.type.dtype == DType::int8 && !zero_point.empty();
  content.resize(static_cast<std::size_t>(variable.type.bytes()),
                 shifted ? static_cast<std::byte>(zero_point[0]) : std::byte{0});
  return content;
}

std::vector<ValueId> written_variables(const Graph& graph, const Node& node) {
  std::vector<ValueId> result;
  for (const int input : node.op.variables(Types(operands(graph, node.inputs)))) {
    const auto i = static_cast<std::size_t>(input);
    const ValueId id = i < node.inputs.size() ? node.inputs[i] : kNoValue;
    if (id == kNoValue) fail("its state, input {}, is missing", input);
    if (!graph[id].variable) fail("its state, input {} '{}', is no variable", input, graph[id].name);
    result.push_back(id);
  }
  return result;
}

bool keeps_state(const Graph& graph) {
  return std::any_of(graph.values.begin(), graph.values.end(), [](const Value& value) { return value.variable; });
}

std::string describe(const Graph& graph, int node) {
  const Node& n = graph.nodes[static_cast<std::size_t>(node)];
  std::string label = n.name;
  if (label.empty() && !n.outputs.empty() && n.outputs[0] != kNoValue) label = graph[n.outputs[0]].name;
  return fmt::format("node {} '{}' ({})", node, shortened(label), shortened(n.op.name()));
}

void remove_unused_values(Graph& graph) {
  std::vector<char> used(graph.values.size(), 0);
  const auto mark = [&](const std::vector<ValueId>& ids) {
    for (const ValueId id : ids) {
      if (id != kNoValue) used[static_cast<std::size_t>(id)] = 1;
    }
  };
  mark(graph.inputs);
  mark(graph.outputs);
  for (const Node& node : graph.nodes) {
    mark(node.inputs);
    mark(node.outputs);
    mark(node.intermediates);
  }
  std::vector<ValueId> renumbered(graph.values.size(), kNoValue);
  std::vector<Value> kept;
  for (std::size_t i = 0; i < graph.values.size(); ++i) {
    if (!used[i]) continue;
    renumbered[i] = static_cast<ValueId>(kept.size());
    kept.push_back(std::move(graph.values[i]));
  }
  graph.values = std::move(kept);
  const auto renumber = [&](std::vector<ValueId>& ids) {
    for (ValueId& id : ids) {
      if (id != kNoValue) id = renumbered[static_cast<std::size_t>(id)];
    }
  };
  renumber(graph.inputs);
  renumber(graph.outputs);
  for (Node& node : graph.nodes) {
    renumber(node.inputs);
    renumber(node.outputs);
    renumber(node.intermediates);
  }
}

}  // namespace mirim
