#include "mirim/passes/contract_activations.hpp"

#include <algorithm>
#include <cmath>

#include "mirim/graph/match.hpp"
#include "mirim/ops/elementwise_unary.hpp"
#include "mirim/passes/expand_activations.hpp"
#include "mirim/passes/simplify.hpp"

namespace mirim {
namespace {

/// An activation, and the one-input graph that it expands to.
struct Pattern {
  Op op;
  Graph graph;
};

const std::vector<Pattern>& patterns() {
  static const std::vector<Pattern> all = [] {
    std::vector<Pattern> result;
    // The larger first: MISH contains SOFTPLUS.
    for (const Op& op : std::vector<Op>{Mish{}, Softplus{}, Selu{}, Softsign{}, Swish{}, Step{}}) {
      Graph graph;
      graph.inputs = {graph.add(Value{.name = "x", .type = {DType::float32, {1}}})};
      graph.outputs = {graph.add(op, graph.inputs, "y")};
      expand_activations(graph);
      result.push_back({op, std::move(graph)});
    }
    return result;
  }();
  return all;
}

/// Matches part of a graph with a pattern, from the result backwards, and binds the pattern's input.
class Matcher {
 public:
  Matcher(const Graph& graph, const Links& links, const Pattern& pattern)
      : graph_(graph), links_(links), pattern_(pattern.graph), pattern_links_(pattern.graph) {}

  /// The value in place of the pattern's input if `result` is such an activation, or kNoValue.
  ValueId match(ValueId result) {
    x_ = kNoValue;
    return same(result, pattern_.outputs[0]) ? x_ : kNoValue;
  }

 private:
  bool same(ValueId id, ValueId expected) {
    if (id == kNoValue) return false;
    if (expected == pattern_.inputs[0]) {
      if (x_ == kNoValue) x_ = id;
      return x_ == id;
    }
    const Value& value = pattern_[expected];
    if (value.is_constant()) return same_number(graph_[id], value.values<float>()[0]);
    const int n = links_.producer(id);
    if (n < 0) return false;
    const Node& node = graph_.nodes[static_cast<std::size_t>(n)];
    const Node& wanted = pattern_.nodes[static_cast<std::size_t>(pattern_links_.producer(expected))];
    if (!(node.op == wanted.op) || node.inputs.size() != wanted.inputs.size()) return false;
    const ValueId before = x_;
    if (same_inputs(node.inputs, wanted.inputs)) return true;
    x_ = before;
    // ADD and MUL may have their operands in either order.
    if (node.inputs.size() != 2 || (wanted.op.name() != "ADD" && wanted.op.name() != "MUL")) return false;
    if (same_inputs({node.inputs[1], node.inputs[0]}, wanted.inputs)) return true;
    x_ = before;
    return false;
  }

  bool same_inputs(const std::vector<ValueId>& ids, const std::vector<ValueId>& expected) {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (!same(ids[i], expected[i])) return false;
    }
    return true;
  }

  /// A constant of one element, equal up to the last bits, which a decimal may lose.
  static bool same_number(const Value& value, float expected) {
    if (!value.is_constant() || value.type.dtype != DType::float32) return false;
    const auto values = value.values<float>();
    return values.size() == 1 && std::fabs(values[0] - expected) <= 1e-6F * std::fabs(expected);
  }

  const Graph& graph_;
  const Links& links_;
  const Graph& pattern_;
  Links pattern_links_;
  ValueId x_ = kNoValue;
};

}  // namespace

void contract_activations(Graph& graph) {
  bool changed = false;
  for (const Pattern& pattern : patterns()) {
    const Links links(graph);
    Matcher matcher(graph, links, pattern);
    for (Node& node : graph.nodes) {
      if (node.outputs.size() != 1) continue;
      const ValueId result = node.outputs[0];
      const ValueId x = matcher.match(result);
      if (x == kNoValue || !(graph[x].type == graph[result].type) || graph[x].type.dtype != DType::float32) continue;
      node.op = pattern.op;
      node.inputs = {x};
      changed = true;
    }
  }
  if (changed) eliminate_dead_nodes(graph);
}

}  // namespace mirim
