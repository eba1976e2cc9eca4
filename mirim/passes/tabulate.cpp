#include "mirim/passes/tabulate.hpp"

#include <algorithm>
#include <numeric>

#include "mirim/exec/interpreter.hpp"
#include "mirim/ops/lookup_table.hpp"
#include "mirim/passes/simplify.hpp"

namespace mirim {
namespace {

bool is_table_side(const Value& value) {
  return value.type.dtype == DType::int8 && value.quantization.scale.size() == 1 && !value.is_constant() &&
         !value.variable;
}

/// Everything computed, element by element, from one int8 value and constants of one number.
struct Region {
  ValueId source = kNoValue;
  std::vector<char> member;  ///< by ValueId
  std::vector<int> nodes;    ///< in order
};

bool belongs(const Graph& graph, const Region& region, const Node& node) {
  if (!node.op.elementwise() || node.outputs.size() != 1) return false;
  if (graph[node.outputs[0]].type.shape != graph[region.source].type.shape) return false;
  bool reads_member = false;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const ValueId id = node.inputs[i];
    if (id == kNoValue) return false;
    if (region.member[static_cast<std::size_t>(id)]) {
      reads_member = true;
    } else if (node.op.role(i).kind != OperandRole::Kind::table) {
      if (!graph[id].is_constant() || graph[id].type.shape.elements() != 1) return false;
    }
  }
  return reads_member;
}

Region grow(const Graph& graph, ValueId source) {
  Region region{.source = source, .member = std::vector<char>(graph.values.size(), 0), .nodes = {}};
  region.member[static_cast<std::size_t>(source)] = 1;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    if (!belongs(graph, region, graph.nodes[n])) continue;
    region.member[static_cast<std::size_t>(graph.nodes[n].outputs[0])] = 1;
    region.nodes.push_back(static_cast<int>(n));
  }
  return region;
}

/// The nodes of the region that `result` needs, in order.
std::vector<int> needed_for(const Graph& graph, const Region& region, ValueId result) {
  std::vector<char> needed(graph.values.size(), 0);
  needed[static_cast<std::size_t>(result)] = 1;
  std::vector<int> nodes;
  for (auto n = region.nodes.rbegin(); n != region.nodes.rend(); ++n) {
    const Node& node = graph.nodes[static_cast<std::size_t>(*n)];
    if (!needed[static_cast<std::size_t>(node.outputs[0])]) continue;
    for (const ValueId id : node.inputs) needed[static_cast<std::size_t>(id)] = 1;
    nodes.push_back(*n);
  }
  return {nodes.rbegin(), nodes.rend()};
}

/// Runs the nodes on all 256 bytes.
std::vector<std::int8_t> table_of(const Graph& graph, const Region& region, const std::vector<int>& nodes,
                                  ValueId result) {
  Graph all;
  std::vector<ValueId> copy(graph.values.size(), kNoValue);
  const auto add = [&](ValueId id, bool computed) {
    ValueId& made = copy[static_cast<std::size_t>(id)];
    if (made != kNoValue) return made;
    Value value = graph[id];
    if (computed) {
      value.type.shape = {256};
    } else if (value.type.shape.elements() == 1) {
      value.type.shape = {1};
    }
    return made = all.add(std::move(value));
  };
  all.inputs = {add(region.source, true)};
  for (const int n : nodes) {
    Node node = graph.nodes[static_cast<std::size_t>(n)];
    for (ValueId& id : node.inputs) id = add(id, !graph[id].is_constant());
    node.outputs[0] = add(node.outputs[0], true);
    all.nodes.push_back(std::move(node));
  }
  all.outputs = {copy[static_cast<std::size_t>(result)]};
  Interpreter interpreter(std::move(all));
  const auto bytes = interpreter.input(0).as<std::int8_t>();
  for (std::size_t i = 0; i < 256; ++i) bytes[i] = static_cast<std::int8_t>(static_cast<std::uint8_t>(i));
  interpreter.run();
  const auto table = interpreter.output(0).as<std::int8_t>();
  return {table.begin(), table.end()};
}

/// Whether anything outside the region reads the value.
bool leaves(const Graph& graph, const Region& region, ValueId id) {
  if (std::ranges::find(graph.outputs, id) != graph.outputs.end()) return true;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const auto& inputs = graph.nodes[n].inputs;
    if (std::ranges::find(inputs, id) == inputs.end()) continue;
    if (!std::ranges::binary_search(region.nodes, static_cast<int>(n))) return true;
  }
  return false;
}

/// Replaces the nodes by tables of `source` for the int8 results that leave the region.
void tabulate_region(Graph& graph, const Region& region) {
  for (const int last : region.nodes) {
    const ValueId result = graph.nodes[static_cast<std::size_t>(last)].outputs[0];
    if (!is_table_side(graph[result]) || !leaves(graph, region, result)) continue;
    const std::vector<int> nodes = needed_for(graph, region, result);
    if (nodes.size() == 1 && graph.nodes[static_cast<std::size_t>(last)].inputs.size() == 1) continue;
    if (nodes.size() == 1 && graph.nodes[static_cast<std::size_t>(last)].op.is<LookupTable>()) continue;
    const ValueId table = graph.add(Value{.name = graph[result].name + "/table",
                                          .type = {DType::int8, {256}},
                                          .constant = make_constant(table_of(graph, region, nodes, result))});
    Node& node = graph.nodes[static_cast<std::size_t>(last)];
    node.op = LookupTable{};
    node.inputs = {region.source, table};
  }
}

}  // namespace

void tabulate(Graph& graph) {
  // New tables are appended as constants; they are no sources.
  const std::size_t values = graph.values.size();
  for (std::size_t source = 0; source < values; ++source) {
    if (!is_table_side(graph.values[source])) continue;
    const Region region = grow(graph, static_cast<ValueId>(source));
    if (!region.nodes.empty()) tabulate_region(graph, region);
  }
  eliminate_dead_nodes(graph);
}

}  // namespace mirim
