#include "mirim/passes/store_variables.hpp"

#include <map>
#include <string>

#include "mirim/ops/resource_variable.hpp"

namespace mirim {
namespace {

ValueId add_handle(Graph& graph, const std::string& name, std::vector<Node>& nodes) {
  const ValueId handle = graph.add(Value{.name = name + "/handle", .type = {DType::resource, {}}});
  nodes.push_back({.op = VarHandle{.container = "", .shared_name = name}, .outputs = {handle}});
  return handle;
}

}  // namespace

void store_variables(Model& model) {
  Graph& graph = model.main();
  Graph first;
  first.name = "initial_content";
  std::map<ValueId, ValueId> handles;
  std::vector<Node> nodes;
  nodes.push_back({.op = CallOnce{.init_subgraph_index = static_cast<std::int32_t>(model.graphs.size())}});
  for (Node& node : graph.nodes) {
    if ((!node.op.is<ReadVariable>() && !node.op.is<AssignVariable>()) || !graph[node.inputs[0]].variable) continue;
    const ValueId variable = node.inputs[0];
    if (const auto found = handles.find(variable); found != handles.end()) {
      node.inputs[0] = found->second;
      continue;
    }
    Value content = graph[variable];
    const std::string name = content.name;
    content.constant = make_constant(initial_content(content));
    content.variable = false;
    content.name += "/content";
    node.inputs[0] = handles[variable] = add_handle(graph, name, nodes);
    const ValueId handle = add_handle(first, name, first.nodes);
    first.nodes.push_back({.op = AssignVariable{}, .inputs = {handle, first.add(std::move(content))}});
  }
  if (handles.empty()) return;
  for (Node& node : graph.nodes) nodes.push_back(std::move(node));
  graph.nodes = std::move(nodes);
  remove_unused_values(graph);
  model.graphs.push_back(std::move(first));
}

}  // namespace mirim
