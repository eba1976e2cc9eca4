#include "mirim/passes/make_batch_major.hpp"

#include <algorithm>

#include "mirim/graph/match.hpp"
#include "mirim/ops/recurrent.hpp"
#include "mirim/ops/reshape.hpp"
#include "mirim/ops/strided_slice.hpp"
#include "mirim/ops/transpose.hpp"

namespace mirim {
namespace {

class Swaps {
 public:
  explicit Swaps(Graph& graph) : graph_(graph), links_(graph), dead_(graph.nodes.size(), 0) {}

  void run() {
    for (Node& node : graph_.nodes) {
      const auto layer = recurrent_operands(node.op);
      if (!layer || !layer->time_major) continue;
      const bool last_only = layer->last_only;
      const int before = links_.producer(node.inputs[0]);
      const int after = last_only ? -1 : links_.only_reader(node.outputs[0]);
      if (!is_swap(before) || (!last_only && !is_swap(after))) continue;
      set_time_major(node.op, false);
      node.inputs[0] = graph_.nodes[static_cast<std::size_t>(before)].inputs[0];
      swaps_.push_back(before);
      if (last_only) {
        take_out_step(node);
      } else {
        replace_output(node, {after});
      }
    }
    drop_unread();
    remove_nodes(graph_, dead_);
  }

 private:
  const Shape& shape(ValueId id) const { return graph_[id].type.shape; }

  // [a, b, c] to [b, a, c]
  bool is_swap(int index) const {
    if (index < 0) return false;
    const Node& node = graph_.nodes[static_cast<std::size_t>(index)];
    const Shape &from = shape(node.inputs[0]), &to = shape(node.outputs[0]);
    if (from.rank() != 3 || to != Shape{from[1], from[0], from[2]}) return false;
    if (node.op.is<Reshape>()) return from[0] == 1 || from[1] == 1;
    if (!node.op.is<Transpose>() || !graph_[node.inputs[1]].is_constant()) return false;
    const auto axes = graph_[node.inputs[1]].values<std::int32_t>();
    return axes[0] == 1 && axes[1] == 0;
  }

  // y [B,U] to [1,B,U] and back.
  void take_out_step(Node& node) {
    const ValueId y = node.outputs[0];
    const int there = links_.only_reader(y);
    if (there < 0 || !graph_.nodes[static_cast<std::size_t>(there)].op.is<Reshape>()) return;
    const ValueId step = graph_.nodes[static_cast<std::size_t>(there)].outputs[0];
    if (shape(step) != Shape{1, shape(y)[0], shape(y)[1]}) return;
    const int back = links_.only_reader(step);
    if (back < 0 || !keeps_order(graph_.nodes[static_cast<std::size_t>(back)]) ||
        shape(graph_.nodes[static_cast<std::size_t>(back)].outputs[0]) != shape(y)) {
      return;
    }
    replace_output(node, {there, back});
  }

  bool keeps_order(const Node& node) const {
    if (node.op.is<Reshape>()) return true;
    if (!node.op.is<StridedSlice>() || !graph_[node.inputs[3]].is_constant()) return false;
    return std::ranges::all_of(graph_[node.inputs[3]].values<std::int32_t>(), [](std::int32_t s) { return s > 0; });
  }

  // Swaps whose result nobody reads any more.
  void drop_unread() {
    std::vector<char> read(graph_.values.size(), 0);
    for (const ValueId id : graph_.outputs) read[static_cast<std::size_t>(id)] = 1;
    for (const Node& node : graph_.nodes) {
      for (const ValueId id : node.inputs) {
        if (id != kNoValue) read[static_cast<std::size_t>(id)] = 1;
      }
    }
    for (const int index : swaps_) {
      const auto n = static_cast<std::size_t>(index);
      if (!read[static_cast<std::size_t>(graph_.nodes[n].outputs[0])]) dead_[n] = 1;
    }
  }

  // The node makes what the last of these nodes makes, which do nothing any more.
  void replace_output(Node& node, std::initializer_list<int> nodes) {
    for (const int index : nodes) {
      node.outputs[0] = graph_.nodes[static_cast<std::size_t>(index)].outputs[0];
      dead_[static_cast<std::size_t>(index)] = 1;
    }
  }

  Graph& graph_;
  const Links links_;
  std::vector<char> dead_;
  std::vector<int> swaps_;  // before layers that need them no more
};

}  // namespace

void make_batch_major(Graph& graph) { Swaps(graph).run(); }

}  // namespace mirim
