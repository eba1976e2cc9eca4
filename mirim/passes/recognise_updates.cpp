#include "mirim/passes/recognise_updates.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "mirim/graph/match.hpp"
#include "mirim/ops/concatenation.hpp"
#include "mirim/ops/dynamic_update_slice.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/reshape.hpp"
#include "mirim/ops/slice.hpp"
#include "mirim/passes/weighted.hpp"

namespace mirim {
namespace {

class Recogniser {
 public:
  explicit Recogniser(Graph& graph) : graph_(graph), links_(graph) {}

  void run() {
    std::vector<std::optional<Update>> updates;
    for (const Node& node : graph_.nodes) updates.push_back(update_of(node));
    if (std::ranges::none_of(updates, [](const auto& update) { return update.has_value(); })) return;
    std::vector<Node> nodes;
    for (std::size_t n = 0; n < updates.size(); ++n) {
      Node node = std::move(graph_.nodes[n]);
      if (updates[n]) {
        const ValueId begin = add_begin(*updates[n], graph_[node.outputs[0]].name, nodes);
        node = {DynamicUpdateSlice{}, {updates[n]->x, updates[n]->element, begin}, node.outputs, node.name};
      }
      nodes.push_back(std::move(node));
    }
    graph_.nodes = std::move(nodes);
    remove_parts();
  }

 private:
  struct Update {
    ValueId x, element;
    ValueId position;  // int32, one element: along axis 0
  };

  const Node* maker(ValueId id) const {
    const int node = links_.producer(id);
    const Node* maker = node < 0 ? nullptr : &graph_.nodes[static_cast<std::size_t>(node)];
    return maker != nullptr && is_whole(*maker) ? maker : nullptr;
  }

  // What only the parts were made of; their shapes are known to nobody.
  void remove_parts() {
    std::vector<char> read(graph_.values.size(), 0), dead(graph_.nodes.size(), 0);
    for (const ValueId id : graph_.outputs) read[static_cast<std::size_t>(id)] = 1;
    for (std::size_t n = graph_.nodes.size(); n-- > 0;) {
      const Node& node = graph_.nodes[n];
      const bool is_part = node.op.is<Slice>() || node.op.is<Concatenation>() || node.op.is<Reshape>();
      dead[n] = is_part && std::ranges::none_of(node.outputs, [&](ValueId id) {
                  return id == kNoValue || read[static_cast<std::size_t>(id)];
                });
      if (dead[n]) continue;
      for (const ValueId id : node.inputs) {
        if (id != kNoValue) read[static_cast<std::size_t>(id)] = 1;
      }
    }
    remove_nodes(graph_, dead);
  }

  std::optional<Update> update_of(const Node& node) const {
    const auto* join = node.op.as<Concatenation>();
    if (join == nullptr || node.inputs.size() != 3 || join->axis != 0 || !is_whole(node)) return std::nullopt;
    const Node *before = slice(node.inputs[0]), *after = slice(node.inputs[2]);
    if (before == nullptr || after == nullptr || before->inputs[0] != after->inputs[0]) return std::nullopt;
    const ValueId x = before->inputs[0], element = node.inputs[1];
    const Shape &whole = graph_[x].type.shape, &one = graph_[element].type.shape;
    if (!shape_is_known(graph_[x]) || whole.rank() == 0 || one.rank() != whole.rank() || one[0] != 1)
      return std::nullopt;
    // Before: from 0 on, `position` long. After: from the next position on. Along all other axes whole.
    const std::vector<std::int64_t> zeros(static_cast<std::size_t>(whole.rank()), 0);
    const std::optional<ValueId> position = first_of(before->inputs[2], whole, true);
    const std::optional<ValueId> next = first_of(after->inputs[1], whole, false);
    if (constant(before->inputs[1]) != zeros || !position || !next || !follows(*position, *next)) return std::nullopt;
    const std::optional<std::vector<std::int64_t>> rest = constant(after->inputs[2]);
    if (!rest || (*rest)[0] != -1) return std::nullopt;
    for (int d = 1; d < whole.rank(); ++d) {
      const std::int64_t size = (*rest)[static_cast<std::size_t>(d)];
      if (one[d] != whole[d] || (size != -1 && size != whole[d])) return std::nullopt;
    }
    return Update{x, element, *position};
  }

  // Called graphs are not verified yet.
  static bool is_whole(const Node& node) {
    const auto present = [](ValueId id) { return id != kNoValue; };
    return !node.inputs.empty() && !node.outputs.empty() && std::ranges::all_of(node.inputs, present) &&
           std::ranges::all_of(node.outputs, present);
  }

  const Node* slice(ValueId id) const {
    const Node* node = maker(id);
    return node != nullptr && node->op.is<Slice>() && node->inputs.size() == 3 ? node : nullptr;
  }

  std::optional<std::vector<std::int64_t>> constant(ValueId id) const {
    if (id == kNoValue || !graph_[id].is_constant() || graph_[id].type.dtype != DType::int32) return std::nullopt;
    const auto values = graph_[id].values<std::int32_t>();
    return std::vector<std::int64_t>(values.begin(), values.end());
  }

  // Of a vector [i, ...] that is put together from i and constants: i. The constants must be the sizes of the other
  // axes (or -1), or zeros.
  std::optional<ValueId> first_of(ValueId id, const Shape& whole, bool sizes) const {
    const Node* node = maker(id);
    if (node == nullptr || !node->op.is<Concatenation>() || node->inputs.empty()) return std::nullopt;
    std::vector<std::int64_t> others;
    for (std::size_t i = 1; i < node->inputs.size(); ++i) {
      const auto more = constant(node->inputs[i]);
      if (!more) return std::nullopt;
      others.insert(others.end(), more->begin(), more->end());
    }
    if (others.size() + 1 != static_cast<std::size_t>(whole.rank())) return std::nullopt;
    for (std::size_t i = 0; i < others.size(); ++i) {
      const bool is_whole = others[i] == -1 || others[i] == whole[static_cast<int>(i) + 1];
      if (sizes ? !is_whole : others[i] != 0) return std::nullopt;
    }
    return node->inputs[0];
  }

  // Whether b = a + 1, both maybe reshaped.
  bool follows(ValueId a, ValueId b) const {
    a = unshaped(a);
    const Node* add = maker(unshaped(b));
    if (add == nullptr || !add->op.is<Add>() || add->inputs.size() != 2) return false;
    const std::vector<std::int64_t> one{1};
    return (unshaped(add->inputs[0]) == a && constant(add->inputs[1]) == one) ||
           (unshaped(add->inputs[1]) == a && constant(add->inputs[0]) == one);
  }

  ValueId unshaped(ValueId id) const {
    const Node* node = maker(id);
    return node != nullptr && node->op.is<Reshape>() ? node->inputs[0] : id;
  }

  // [position, 0, ...], made before the update.
  ValueId add_begin(const Update& update, const std::string& name, std::vector<Node>& nodes) {
    const int rank = graph_[update.x].type.shape.rank();
    std::vector<ValueId> parts{update.position};
    if (graph_[update.position].type.shape.rank() == 0) {
      const ValueId shape = add_indices(graph_, name + "/shape", {1});
      parts[0] = graph_.add(Value{.name = name + "/position", .type = {DType::int32, Shape{1}}});
      nodes.push_back({Reshape{}, {update.position, shape}, {parts[0]}, name + "/position"});
    }
    if (rank > 1) {
      parts.push_back(
          add_indices(graph_, name + "/zeros", std::vector<std::int32_t>(static_cast<std::size_t>(rank - 1), 0)));
    }
    const ValueId begin = graph_.add(Value{.name = name + "/begin", .type = {DType::int32, Shape{rank}}});
    nodes.push_back({Concatenation{.axis = 0}, parts, {begin}, name + "/begin"});
    return begin;
  }

  Graph& graph_;
  Links links_;
};

}  // namespace

void recognise_updates(Graph& graph) { Recogniser(graph).run(); }

}  // namespace mirim
