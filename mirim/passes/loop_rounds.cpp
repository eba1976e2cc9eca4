#include "mirim/passes/loop_rounds.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "mirim/graph/match.hpp"
#include "mirim/graph/scopes.hpp"
#include "mirim/ops/resource_variable.hpp"

namespace mirim {
namespace {

constexpr std::int64_t kMostRounds = 100'000, kMostWork = 1'000'000, kMostRuns = 1'000'000'000'000;

/// The part of a loop that its condition is computed from, if that needs nothing but constants.
class Decider {
 public:
  Decider(const Graph& graph, const Scopes& scopes, int loop)
      : graph_(graph),
        links_(graph),
        scopes_(scopes),
        index_(loop),
        scope_(scopes.list[static_cast<std::size_t>(loop)]) {}

  std::optional<std::int64_t> rounds() {
    const ValueId condition = graph_.nodes[static_cast<std::size_t>(scope_.leave)].inputs[0];
    if (!needs(condition)) return std::nullopt;
    for (std::int64_t round = 0; round <= kMostRounds && work_ <= kMostWork; ++round) {
      run(scope_.begin, scope_.leave);
      if (bytes_of(condition)[0] == std::byte{0}) return round;
      run(scope_.leave, scope_.end);
    }
    return std::nullopt;
  }

 private:
  // Takes into the part what makes this value; false if something there is not known before the graph runs.
  bool needs(ValueId id) {
    if (id == kNoValue || graph_[id].is_constant() || tensors_.contains(id)) return true;
    tensors_.emplace(id, Tensor(graph_[id].type, graph_[id].quantization));
    if (graph_[id].variable) return needs_variable(id);
    const int node = links_.producer(id);
    if (node < 0 || scopes_.of[static_cast<std::size_t>(node)] != index_) return false;
    return needs_node(node);
  }

  // What it begins with must be a constant, assigned in the scope around the loop, and the loop itself sets it once.
  bool needs_variable(ValueId id) {
    int before = -1, inside = -1;
    for (int n = 0; n < scope_.end; ++n) {
      const Node& node = graph_.nodes[static_cast<std::size_t>(n)];
      const auto written = written_variables(graph_, node);
      if (std::ranges::find(written, id) == written.end()) continue;
      if (n > scope_.begin && inside >= 0) return false;
      if (!node.op.is<AssignVariable>()) return false;
      (n > scope_.begin ? inside : before) = n;
    }
    if (before < 0 || scopes_.of[static_cast<std::size_t>(before)] != scope_.parent) return false;
    const ValueId first = graph_.nodes[static_cast<std::size_t>(before)].inputs[1];
    if (!graph_[first].is_constant()) return false;
    tensors_.at(id).bytes = *graph_[first].constant;
    return inside < 0 || (scopes_.of[static_cast<std::size_t>(inside)] == index_ && needs_node(inside));
  }

  bool needs_node(int node) {
    nodes_.insert(node);
    const auto& inputs = graph_.nodes[static_cast<std::size_t>(node)].inputs;
    return std::ranges::all_of(inputs, [&](ValueId id) { return needs(id); });
  }

  void run(int from, int to) {
    for (auto n = nodes_.lower_bound(from); n != nodes_.end() && *n < to; ++n) {
      const Node& node = graph_.nodes[static_cast<std::size_t>(*n)];
      std::vector<ConstTensorView> x;
      for (const ValueId id : node.inputs) {
        const Operand operand = id == kNoValue ? Operand{} : graph_[id].operand();
        x.push_back({operand.type, operand.quantization, id == kNoValue ? BytesView{} : bytes_of(id)});
      }
      std::vector<TensorView> y;
      for (const ValueId id : node.outputs) {
        // One output may be unused: its content is.
        tensors_.try_emplace(id, Tensor(graph_[id].type, graph_[id].quantization));
        y.push_back(tensors_.at(id).view());
      }
      for (const ValueId id : written_variables(graph_, node)) y.push_back(tensors_.at(id).view());
      node.op.forward(Inputs(x), Outputs(y));
      const Cost cost = node.op.cost(Types(operands(graph_, node.inputs)));
      work_ += 1 + cost.macs + cost.operations;
    }
  }

  BytesView bytes_of(ValueId id) const {
    return graph_[id].is_constant() ? BytesView(*graph_[id].constant) : BytesView(tensors_.at(id).bytes);
  }

  const Graph& graph_;
  Links links_;
  const Scopes& scopes_;
  int index_;
  const Scope& scope_;
  std::map<ValueId, Tensor> tensors_;
  std::set<int> nodes_;
  std::int64_t work_ = 0;  // multiplications and other operations so far
};

}  // namespace

std::vector<std::optional<std::int64_t>> runs_of_nodes(const Graph& graph) {
  const Scopes scopes = find_scopes(graph);
  std::vector<std::optional<std::int64_t>> runs(scopes.list.size(), 1);
  for (std::size_t s = 1; s < scopes.list.size(); ++s) {
    const Scope& scope = scopes.list[s];
    runs[s] = runs[static_cast<std::size_t>(scope.parent)];
    if (!runs[s] || !scope.is_loop()) continue;
    const std::optional<std::int64_t> rounds = Decider(graph, scopes, static_cast<int>(s)).rounds();
    const bool countable = rounds && *runs[s] <= kMostRuns / std::max<std::int64_t>(*rounds, 1);
    runs[s] = countable ? std::optional(*runs[s] * *rounds) : std::nullopt;
  }
  std::vector<std::optional<std::int64_t>> result;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) result.push_back(runs[static_cast<std::size_t>(scopes.of[n])]);
  return result;
}

}  // namespace mirim
