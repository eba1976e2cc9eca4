#include "mirim/compile/sharing.hpp"

#include <algorithm>

#include "mirim/compile/plan.hpp"
#include "mirim/graph/scopes.hpp"
#include "mirim/ops/resource_variable.hpp"

namespace mirim {

namespace {

void add_once(std::vector<int>& list, int item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
}

// Makes a tensor live as long as a loop that touches it and is not the one that it is made in: the next round needs it.
class LoopLifetimes {
 public:
  explicit LoopLifetimes(const Scopes& scopes) : scopes_(scopes), until_(scopes.of.size()) {}

  // `maker` is -1 for what exists before the first node.
  void touch(int node, int tensor, int maker) {
    const int made = maker < 0 ? 0 : scopes_.of[static_cast<std::size_t>(maker)];
    for (int s = scopes_.of[static_cast<std::size_t>(node)]; s > 0 && !scopes_.within(made, s); s = parent(s)) {
      const Scope& scope = scopes_.list[static_cast<std::size_t>(s)];
      if (scope.is_loop()) add_once(until_[static_cast<std::size_t>(scope.end)], tensor);
    }
  }
  /// The tensors that a node, the end of a loop, keeps alive.
  const std::vector<int>& until(int node) const { return until_[static_cast<std::size_t>(node)]; }

 private:
  int parent(int scope) const { return scopes_.list[static_cast<std::size_t>(scope)].parent; }

  const Scopes& scopes_;
  std::vector<std::vector<int>> until_;  // by node
};

// The nodes that accessed a variable so far, in the graph's order.
struct Accesses {
  int writer = -1;
  std::vector<int> readers;  // since then
};

class Sharer {
 public:
  Sharer(const Graph& graph, const std::vector<KernelCall>& calls)
      : graph_(graph),
        calls_(calls),
        scopes_(find_scopes(graph)),
        maker_(producers(graph)),
        temporary_(set_before_read(graph)),
        into_(graph.nodes.size(), kNoValue),
        lifetimes_(scopes_),
        accesses_(graph.values.size()) {
    result_.tensor_of.assign(graph.values.size(), -1);
  }

  Sharing share() {
    for (const ValueId id : graph_.inputs) {
      make_tensor(id);
      tensor(id).given = true;
    }
    write_in_place();
    for (int n = 0; n < static_cast<int>(graph_.nodes.size()); ++n) add_task(n);
    for (const ValueId id : graph_.outputs) {
      make_tensor(id);  // a variable that no node touches
      if (tensor_of(id) >= 0) tensor(id).kept = true;
    }
    return std::move(result_);
  }

 private:
  int& tensor_of(ValueId id) { return result_.tensor_of[static_cast<std::size_t>(id)]; }
  Sharing::Tensor& tensor(ValueId id) { return result_.tensors[static_cast<std::size_t>(tensor_of(id))]; }
  bool is_temporary(ValueId id) const { return temporary_[static_cast<std::size_t>(id)] != 0; }
  bool reads(const Node& node, ValueId id) const { return std::ranges::find(node.inputs, id) != node.inputs.end(); }

  void make_tensor(ValueId id) {
    if (tensor_of(id) >= 0 || graph_[id].is_constant()) return;
    tensor_of(id) = static_cast<int>(result_.tensors.size());
    made_by_.push_back(maker_[static_cast<std::size_t>(id)]);
    const bool stays = graph_[id].variable && !is_temporary(id);
    result_.tensors.push_back(
        {.bytes = aligned(graph_[id].type.bytes()), .values = {id}, .given = stays, .kept = stays});
  }

  // Where what is assigned to a variable can be made in its place: nobody reads the old content after that.
  void write_in_place() {
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
      const Node& node = graph_.nodes[n];
      const std::optional<Copied> copy = copied(graph_, node, calls_[n]);
      if (!copy || !graph_[copy->to].variable) continue;
      const int maker = maker_[static_cast<std::size_t>(copy->from)];
      if (maker >= 0 && may_write_in_place(maker, static_cast<int>(n), *copy)) {
        into_[static_cast<std::size_t>(maker)] = copy->to;
        make_tensor(copy->to);
        tensor_of(copy->from) = tensor_of(copy->to);
        tensor(copy->to).values.push_back(copy->from);
      }
    }
  }

  bool may_write_in_place(int maker, int assignment, const Copied& copy) const {
    const Node& node = graph_.nodes[static_cast<std::size_t>(maker)];
    const auto m = static_cast<std::size_t>(maker);
    if (node.outputs.size() != 1 || into_[m] != kNoValue || calls_[m].copies) return false;
    if (scopes_.of[m] != scopes_.of[static_cast<std::size_t>(assignment)]) return false;
    if (may_be_in_chain(node) || is_output(copy.from)) return false;
    // An earlier node must have set it: this is no place for the first assignment, which may take over its source.
    bool is_set = !is_temporary(copy.to);
    for (int n = 0; n < maker && !is_set; ++n) {
      const Node& other = graph_.nodes[static_cast<std::size_t>(n)];
      is_set = other.op.is<AssignVariable>() && other.inputs[0] == copy.to;
    }
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] == copy.to && std::ranges::find(calls_[m].may_overwrite, i) == calls_[m].may_overwrite.end())
        return false;
    }
    for (int n = maker + 1; n < assignment; ++n) {
      if (reads(graph_.nodes[static_cast<std::size_t>(n)], copy.to)) return false;
    }
    // A loop that is left between the two needs the old content.
    const int leave = scopes_.list[static_cast<std::size_t>(scopes_.of[m])].leave;
    if (maker < leave && leave < assignment) return false;
    return is_set && is_kept_until_read(assignment, copy);
  }

  // Whether all that reads the new content, also by another name, does so before another assignment changes it. Markers
  // keep them apart; within a scope only the graph's order does, which the plan may change.
  bool is_kept_until_read(int assignment, const Copied& copy) const {
    std::vector<ValueId> names{copy.from};
    bool has_others = false;
    int changed = -1;
    for (int n = 0; n < static_cast<int>(graph_.nodes.size()); ++n) {
      if (n == assignment) continue;
      const Node& node = graph_.nodes[static_cast<std::size_t>(n)];
      const bool reads_it = std::ranges::any_of(names, [&](ValueId id) { return reads(node, id); });
      has_others = has_others || reads_it;
      if (reads_it && changed >= 0) return false;
      const std::optional<Copied> other = copied(graph_, node, calls_[static_cast<std::size_t>(n)]);
      if (reads_it && other && !graph_[other->to].variable) names.push_back(other->to);
      const std::vector<ValueId> written = written_variables(graph_, node);
      if (n > assignment && changed < 0 && std::ranges::find(written, copy.to) != written.end()) changed = n;
    }
    const bool same_scope = changed >= 0 && scopes_.of[static_cast<std::size_t>(changed)] ==
                                                scopes_.of[static_cast<std::size_t>(assignment)];
    return !(same_scope && has_others);
  }

  // A chain places its result itself: what takes or makes an image may be in one.
  bool may_be_in_chain(const Node& node) const {
    const auto is_image = [&](ValueId id) { return id != kNoValue && graph_[id].type.shape.rank() == 4; };
    return std::ranges::any_of(node.inputs, is_image) || std::ranges::any_of(node.outputs, is_image);
  }

  bool is_output(ValueId id) const { return std::ranges::find(graph_.outputs, id) != graph_.outputs.end(); }

  void add_task(int index) {
    const auto n = static_cast<std::size_t>(index);
    const Node& node = graph_.nodes[n];
    Sharing::Task task{.scratch = aligned(calls_[n].scratch_bytes)};
    const std::optional<Copied> copy = copied(graph_, node, calls_[n]);
    const bool is_first = copy && is_temporary(copy->to) && accesses_[static_cast<std::size_t>(copy->to)].writer < 0;
    for (const ValueId id : node.inputs) {
      if (id == kNoValue || graph_[id].is_constant()) continue;
      make_tensor(id);  // a variable
      if (is_first && id == copy->to) {
        made_by_[static_cast<std::size_t>(tensor_of(id))] = index;
        continue;
      }
      add_read(index, task, tensor_of(id));
      if (const int before = maker_[static_cast<std::size_t>(id)]; before >= 0) add_once(task.needs, before);
    }
    keep_order(node, index, task);
    keep_among_markers(node, index, task);
    for (const int t : lifetimes_.until(index)) add_read(index, task, t);
    if (is_first) {
      task.makes.push_back(tensor_of(copy->to));
      if (!graph_[copy->from].is_constant()) add_once(task.may_take_over, tensor_of(copy->from));
    } else if (into_[n] != kNoValue) {
      add_read(index, task, tensor_of(into_[n]));
    } else if (is_another_name(copy)) {
      tensor_of(copy->to) = tensor_of(copy->from);
      tensor(copy->to).values.push_back(copy->to);
    } else {
      for (const ValueId id : node.outputs) {
        if (id == kNoValue) continue;
        make_tensor(id);
        task.makes.push_back(tensor_of(id));
      }
      for (const int i : calls_[n].may_overwrite) {
        const ValueId id = node.inputs[static_cast<std::size_t>(i)];
        if (id != kNoValue && !graph_[id].is_constant()) add_once(task.may_take_over, tensor_of(id));
      }
    }
    result_.tasks.push_back(std::move(task));
  }

  void add_read(int node, Sharing::Task& task, int t) {
    add_once(task.reads, t);
    add_once(result_.tensors[static_cast<std::size_t>(t)].readers, node);
    lifetimes_.touch(node, t, made_by_[static_cast<std::size_t>(t)]);
  }

  // A copy needs no memory of its own, unless it copies what the arena does not own (a constant), or a state that a
  // later step changes.
  bool is_another_name(const std::optional<Copied>& copy) const {
    if (!copy) return false;
    const Value& from = graph_[copy->from];
    const Value& to = graph_[copy->to];
    return !from.is_constant() && !from.variable && !to.variable;
  }

  // A variable's content changes over time, so its writers keep their order among its readers.
  void keep_order(const Node& node, int index, Sharing::Task& task) {
    std::vector<ValueId> written = written_variables(graph_, node);
    std::vector<ValueId> touched = node.inputs;
    if (const ValueId in_place = into_[static_cast<std::size_t>(index)]; in_place != kNoValue) {
      written.push_back(in_place);
      touched.push_back(in_place);
    }
    for (const ValueId id : touched) {
      if (id == kNoValue || !graph_[id].variable) continue;
      Accesses& before = accesses_[static_cast<std::size_t>(id)];
      if (before.writer >= 0 && before.writer != index) add_once(task.needs, before.writer);
      if (std::ranges::find(written, id) == written.end()) {
        before.readers.push_back(index);
        continue;
      }
      for (const int reader : before.readers) {
        if (reader != index) add_once(task.needs, reader);
      }
      before = {.writer = index, .readers = {}};
    }
  }

  // No node crosses a marker.
  void keep_among_markers(const Node& node, int index, Sharing::Task& task) {
    if (!is_marker(node.op)) {
      if (marker_ >= 0) add_once(task.needs, marker_);
      return;
    }
    const std::vector<int> others = task.needs;  // few
    for (int n = std::max(marker_, 0); n < index; ++n) {
      if (std::ranges::find(others, n) == others.end()) task.needs.push_back(n);
    }
    marker_ = index;
  }

  const Graph& graph_;
  const std::vector<KernelCall>& calls_;
  Scopes scopes_;
  std::vector<int> maker_;       // by ValueId: node
  std::vector<char> temporary_;  // by ValueId: a variable that keeps nothing from run to run
  std::vector<ValueId> into_;    // by node: the variable that its result is written into
  LoopLifetimes lifetimes_;
  std::vector<Accesses> accesses_;  // by ValueId
  std::vector<int> made_by_;        // by tensor: node
  int marker_ = -1;                 // the last one so far
  Sharing result_;
};

}  // namespace

std::optional<Copied> copied(const Graph& graph, const Node& node, const KernelCall& call) {
  if (!call.copies) return std::nullopt;
  if (node.op.is<AssignVariable>()) return Copied{node.inputs[1], node.inputs[0]};
  if (graph[node.inputs[0]].type.bytes() != graph[node.outputs[0]].type.bytes()) return std::nullopt;
  return Copied{node.inputs[0], node.outputs[0]};
}

Sharing share(const Graph& graph, const std::vector<KernelCall>& calls) { return Sharer(graph, calls).share(); }

int taken_over(const Sharing& sharing, const std::vector<bool>& done, int node) {
  const Sharing::Task& task = sharing.tasks[static_cast<std::size_t>(node)];
  if (task.makes.size() != 1) return -1;
  const Sharing::Tensor& made = sharing.tensors[static_cast<std::size_t>(task.makes[0])];
  if (made.given) return -1;
  for (const int t : task.may_take_over) {
    const Sharing::Tensor& tensor = sharing.tensors[static_cast<std::size_t>(t)];
    if (tensor.kept || tensor.bytes != made.bytes) continue;
    const bool last_reader = std::all_of(tensor.readers.begin(), tensor.readers.end(), [&](int reader) {
      return reader == node || done[static_cast<std::size_t>(reader)];
    });
    if (last_reader) return t;
  }
  return -1;
}

}  // namespace mirim
