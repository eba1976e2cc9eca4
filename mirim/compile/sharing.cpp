#include "mirim/compile/sharing.hpp"

#include <algorithm>

#include "mirim/compile/plan.hpp"

namespace mirim {

namespace {

// A copy needs no memory of its own, unless it copies what the arena does not own (a constant), or a state that a later
// step changes.
bool is_another_name(const Graph& graph, const Node& node, const KernelCall& call) {
  if (!call.copies) return false;
  const Value& from = graph[node.inputs[0]];
  const Value& to = graph[node.outputs[0]];
  return !from.is_constant() && !from.variable && !to.variable && from.type.bytes() == to.type.bytes();
}

void add_once(std::vector<int>& list, int item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
}

// The nodes that accessed a variable so far, in the graph's order.
struct Accesses {
  int writer = -1;
  std::vector<int> readers;  // since then
};

// A variable's content changes over time, so its writers keep their order among its readers.
void keep_order(const Graph& graph, const Node& node, int index, std::vector<Accesses>& accesses, Sharing::Task& task) {
  const std::vector<ValueId> written = written_variables(graph, node);
  for (const ValueId id : node.inputs) {
    if (id == kNoValue || !graph[id].variable) continue;
    Accesses& before = accesses[static_cast<std::size_t>(id)];
    if (before.writer >= 0 && before.writer != index) add_once(task.needs, before.writer);
    if (std::find(written.begin(), written.end(), id) == written.end()) {
      before.readers.push_back(index);
      continue;
    }
    for (const int reader : before.readers) {
      if (reader != index) add_once(task.needs, reader);
    }
    before = {.writer = index, .readers = {}};
  }
}

}  // namespace

Sharing share(const Graph& graph, const std::vector<KernelCall>& calls) {
  Sharing result;
  result.tensor_of.assign(graph.values.size(), -1);
  const auto tensor_of = [&](ValueId id) -> int& { return result.tensor_of[static_cast<std::size_t>(id)]; };
  const auto make_tensor = [&](ValueId id) {
    if (tensor_of(id) >= 0 || graph[id].is_constant()) return;
    tensor_of(id) = static_cast<int>(result.tensors.size());
    const bool variable = graph[id].variable;
    result.tensors.push_back(
        {.bytes = aligned(graph[id].type.bytes()), .values = {id}, .given = variable, .kept = variable});
  };
  for (const ValueId id : graph.inputs) {
    make_tensor(id);
    result.tensors[static_cast<std::size_t>(tensor_of(id))].given = true;
  }
  const std::vector<int> maker = producers(graph);
  std::vector<Accesses> accesses(graph.values.size());
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    const auto index = static_cast<int>(n);
    Sharing::Task task{.scratch = aligned(calls[n].scratch_bytes)};
    for (const ValueId id : node.inputs) {
      if (id == kNoValue || graph[id].is_constant()) continue;
      make_tensor(id);  // a variable
      add_once(task.reads, tensor_of(id));
      add_once(result.tensors[static_cast<std::size_t>(tensor_of(id))].readers, index);
      if (const int before = maker[static_cast<std::size_t>(id)]; before >= 0) add_once(task.needs, before);
    }
    keep_order(graph, node, index, accesses, task);
    if (is_another_name(graph, node, calls[n])) {
      tensor_of(node.outputs[0]) = tensor_of(node.inputs[0]);
      result.tensors[static_cast<std::size_t>(tensor_of(node.outputs[0]))].values.push_back(node.outputs[0]);
    } else {
      for (const ValueId id : node.outputs) {
        if (id == kNoValue) continue;
        make_tensor(id);
        task.makes.push_back(tensor_of(id));
      }
      for (const int i : calls[n].may_overwrite) {
        const ValueId id = node.inputs[static_cast<std::size_t>(i)];
        if (id != kNoValue && !graph[id].is_constant()) add_once(task.may_take_over, tensor_of(id));
      }
    }
    result.tasks.push_back(std::move(task));
  }
  for (const ValueId id : graph.outputs) {
    make_tensor(id);  // a variable that no node touches
    if (const int t = tensor_of(id); t >= 0) result.tensors[static_cast<std::size_t>(t)].kept = true;
  }
  return result;
}

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
