#pragma once

#include <string_view>
#include <vector>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Suffix for the name of a value that a pass rescaled to another unit: it no longer holds what the layer of that name
/// held.
inline constexpr std::string_view kOtherUnit = "/other_unit";

/// Producers and readers of each value, for passes. A snapshot: make a new one after changing nodes.
class Links {
 public:
  explicit Links(const Graph& graph) : graph_(&graph), producers_(producers(graph)), consumers_(consumers(graph)) {}

  /// The index of the node that makes the value, or -1.
  int producer(ValueId id) const { return id == kNoValue ? -1 : producers_[static_cast<std::size_t>(id)]; }
  const std::vector<int>& readers(ValueId id) const { return consumers_[static_cast<std::size_t>(id)]; }

  /// The only node that reads the value and makes something of it, or -1: if none or several do; if the value is an
  /// output of the graph, which is read outside as well, or a variable, which is read at several times.
  int only_reader(ValueId id) const;

  /// The producer of a value if it is a T and the value has no other reader, so that a pass may merge it into the
  /// reader. Otherwise -1.
  template <Operator T>
  int mergeable_producer(ValueId id) const {
    const int node = producer(id);
    if (node < 0 || !graph_->nodes[static_cast<std::size_t>(node)].op.is<T>()) return -1;
    return only_reader(id) >= 0 ? node : -1;
  }

 private:
  const Graph* graph_;
  std::vector<int> producers_;
  std::vector<std::vector<int>> consumers_;
};

/// Makes every reader of `from`, and the graph's outputs, use `to` instead; as an output it has the labels and the
/// scaling of `from`.
void replace_uses(Graph& graph, ValueId from, ValueId to);

/// Whether an operand or a result of the node is the handle of a resource variable.
bool touches_resource(const Graph& graph, const Node& node);

/// Drops the nodes whose flag is set; their results must have no readers left (verify says so otherwise).
void remove_nodes(Graph& graph, const std::vector<char>& dead);

}  // namespace mirim
