#include "mirim/graph/scopes.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

bool is_assignment(const Op& op) { return op.name() == "ASSIGN_VARIABLE"; }

}  // namespace

std::vector<TensorType> Marker::infer(Types in) const {
  if (in.size() != 0) fail("has {} inputs, expected none", in.size());
  return {};
}

std::vector<TensorType> ConditionMarker::infer(Types in) const {
  if (in.size() != 1 || !in.has(0)) fail("expected one input, the condition");
  if (in[0].dtype() != DType::boolean || in[0].shape().elements() != 1) {
    fail("the condition is {}[{}], expected one bool", mirim::name(in[0].dtype()), to_string(in[0].shape()));
  }
  return {};
}

std::vector<TensorType> Loop::infer(Types in) const {
  if (most_rounds < 1) fail("at most {} rounds, expected 1 or more", most_rounds);
  return Marker::infer(in);
}

// Nothing is called: the emitter writes what a marker does.
KernelCall Marker::lower(Types, Types) const {
  KernelCall call;
  call.run = [](std::span<void* const>) {};
  return call;
}

KernelCall ConditionMarker::lower(Types in, Types out) const {
  KernelCall call = Marker::lower(in, out);
  call.arguments = {kernel_input(0)};
  call.argument_types = {"const bool*"};
  return call;
}

void Loop::options(Options& o) { o.field(0, "most_rounds", most_rounds, kMostRounds); }

const OperatorTable& markers() {
  static const OperatorTable table({Loop{}, LoopWhile{}, LoopEnd{}, Branch{}, BranchElse{}, BranchEnd{}});
  return table;
}

bool is_marker(const Op& op) { return op.tflite_code() < 0 && markers().find(op.name()) != nullptr; }

bool Scopes::within(int inner, int outer) const {
  while (inner > outer) inner = list[static_cast<std::size_t>(inner)].parent;
  return inner == outer;
}

namespace {

class ScopeFinder {
 public:
  explicit ScopeFinder(const Graph& graph) : graph_(graph) {
    scopes_.list.push_back({.end = static_cast<int>(graph.nodes.size())});
  }

  Scopes find() {
    for (int n = 0; n < static_cast<int>(graph_.nodes.size()); ++n) visit(n);
    if (inner_ != 0) fail("{}: nothing ends it", describe(graph_, current().begin));
    check_readers();
    return std::move(scopes_);
  }

 private:
  Scope& current() { return scopes_.list[static_cast<std::size_t>(inner_)]; }
  bool begins_with_loop() { return inner_ != 0 && op(current().begin).is<Loop>(); }
  const Op& op(int node) const { return graph_.nodes[static_cast<std::size_t>(node)].op; }

  void open(int n) {
    scopes_.list.push_back({.begin = n, .parent = inner_});
    inner_ = static_cast<int>(scopes_.list.size()) - 1;
  }
  void close(int n) {
    current().end = n;
    inner_ = current().parent;
  }
  void require(bool right, int n) {
    if (!right) fail("{}: there is nothing that it could belong to", describe(graph_, n));
  }

  void visit(int n) {
    const Op& marker = op(n);
    if (marker.is<BranchElse>() || marker.is<BranchEnd>()) {
      const bool ends_first = inner_ != 0 && op(current().begin).is<Branch>();
      const bool ends_second = inner_ != 0 && op(current().begin).is<BranchElse>();
      require(marker.is<BranchElse>() ? ends_first : ends_second, n);
      close(n);
    } else if (marker.is<LoopWhile>()) {
      require(begins_with_loop() && current().leave < 0, n);
      current().leave = n;
    } else if (marker.is<LoopEnd>()) {
      require(begins_with_loop() && current().leave >= 0, n);
    } else if (marker.is<Loop>()) {
      open(n);
    }
    scopes_.of.push_back(inner_);
    if (marker.is<LoopEnd>()) close(n);
    if (marker.is<Branch>() || marker.is<BranchElse>()) open(n);
  }

  void check_readers() const {
    const std::vector<int> maker = producers(graph_);
    const auto may_read = [&](ValueId id, int scope) {
      if (id == kNoValue || graph_[id].variable || maker[static_cast<std::size_t>(id)] < 0) return true;
      return scopes_.within(scope, scopes_.of[static_cast<std::size_t>(maker[static_cast<std::size_t>(id)])]);
    };
    for (std::size_t n = 0; n < graph_.nodes.size() && scopes_.list.size() > 1; ++n) {
      for (const ValueId id : graph_.nodes[n].inputs) {
        if (may_read(id, scopes_.of[n])) continue;
        fail("{} reads '{}', which is made in a loop or branch that it is not in",
             describe(graph_, static_cast<int>(n)), graph_[id].name);
      }
    }
    for (const ValueId id : graph_.outputs) {
      if (!may_read(id, 0)) fail("the graph's output '{}' is made in a loop or branch", graph_[id].name);
    }
  }

  const Graph& graph_;
  Scopes scopes_;
  int inner_ = 0;
};

}  // namespace

Scopes find_scopes(const Graph& graph) { return ScopeFinder(graph).find(); }

std::vector<char> set_before_read(const Graph& graph) {
  std::vector<char> unset_read(graph.values.size(), 0), assigned(graph.values.size(), 0);
  std::vector<char> set(graph.values.size(), 0);                  // on every way to here
  std::vector<std::vector<char>> before, after_then, after_loop;  // of the scopes around
  const auto read = [&](ValueId id) {
    const auto i = static_cast<std::size_t>(id);
    if (id != kNoValue && graph[id].variable && !set[i]) unset_read[i] = 1;
  };
  for (const Node& node : graph.nodes) {
    if (node.op.is<Branch>()) {
      read(node.inputs[0]);
      before.push_back(set);
    } else if (node.op.is<BranchElse>()) {
      after_then.push_back(std::exchange(set, before.back()));
    } else if (node.op.is<BranchEnd>()) {
      std::ranges::transform(set, after_then.back(), set.begin(), [](char a, char b) { return a & b; });
      after_then.pop_back();
      before.pop_back();
    } else if (node.op.is<LoopWhile>()) {
      read(node.inputs[0]);
      after_loop.push_back(set);
    } else if (node.op.is<LoopEnd>()) {
      set = std::move(after_loop.back());
      after_loop.pop_back();
    } else {
      const bool assigns = is_assignment(node.op);
      for (std::size_t i = assigns ? 1 : 0; i < node.inputs.size(); ++i) read(node.inputs[i]);
      if (!assigns || node.inputs.empty() || node.inputs[0] == kNoValue) continue;
      set[static_cast<std::size_t>(node.inputs[0])] = assigned[static_cast<std::size_t>(node.inputs[0])] = 1;
    }
  }
  for (const ValueId id : graph.outputs) read(id);
  for (const ValueId id : graph.inputs) assigned[static_cast<std::size_t>(id)] = 0;
  for (std::size_t i = 0; i < assigned.size(); ++i) assigned[i] = assigned[i] && !unset_read[i];
  return assigned;
}

}  // namespace mirim
