#include "mirim/passes/groups.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <utility>

#include "mirim/base/text.hpp"
#include "mirim/graph/layer_name.hpp"
#include "mirim/graph/match.hpp"

namespace mirim {
namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// Calls f(value, axis, its labels) for every axis of every value.
template <class F>
void for_each_axis(const Graph& graph, const ChannelLabels& labels, F f) {
  for (std::size_t v = 0; v < graph.values.size(); ++v) {
    const auto id = static_cast<ValueId>(v);
    for (int axis = 0; axis < graph[id].type.shape.rank(); ++axis) f(id, axis, labels.axis(id, axis));
  }
}

/// One index stays along every axis, so what is an axis of its own cannot go.
void fix_whole_axes(const Graph& graph, ChannelLabels& labels) {
  for_each_axis(graph, labels, [&](ValueId id, int, AxisLabels axis) {
    for (int i = 0; i < axis.size; ++i) {
      if (labels.root(axis[i]) != labels.root(axis[0])) return;
    }
    if (axis.size > 0) labels.fix(axis[0], fmt::format("they are all that '{}' has", shortened(graph[id].name)));
  });
}

/// Sorts the channels, roots of labels, into groups.
class Sorter {
 public:
  Sorter(const Graph& graph, const ChannelLabels& labels, const std::vector<Producer>& producers)
      : graph_(graph), labels_(labels), producers_(producers) {}

  std::vector<Group> groups() {
    find_places();
    for (const Producer& producer : producers_) {
      const AxisLabels axis = labels_.axis(producer.weights, producer.axis);
      for (int i = 0; i < axis.size; ++i) add_channel(labels_.root(axis[i]));
      for (int i = 0; i < axis.size; ++i) add_producer(groups_[group_of_.at(labels_.root(axis[i]))], producer);
    }
    add_axes();
    for (Group& group : groups_) describe(group);
    return std::move(groups_);
  }

 private:
  using Place = std::pair<ValueId, int>;  // a value and an axis of it

  /// For each root that a producer has, where it lies.
  void find_places() {
    for (const Producer& producer : producers_) {
      const AxisLabels axis = labels_.axis(producer.weights, producer.axis);
      for (int i = 0; i < axis.size; ++i) places_[labels_.root(axis[i])];
    }
    for_each_axis(graph_, labels_, [&](ValueId id, int axis, AxisLabels axis_labels) {
      for (int i = 0; i < axis_labels.size; ++i) {
        const auto found = places_.find(labels_.root(axis_labels[i]));
        if (found == places_.end()) continue;
        auto& places = found->second;
        if (places.empty() || places.back() != Place{id, axis}) places.emplace_back(id, axis);
      }
    });
  }

  void add_channel(int root) {
    if (channel_of_.contains(root)) return;
    const std::string reason = labels_.is_fixed(root) ? labels_.reason(root) : "";
    const auto [found, is_new] = by_places_.try_emplace({reason, places_[root]}, groups_.size());
    if (is_new) groups_.push_back({.reason = reason});
    group_of_[root] = found->second;
    channel_of_[root] = static_cast<std::int32_t>(groups_[found->second].channels++);
  }

  static void add_producer(Group& group, const Producer& producer) {
    const bool known = std::ranges::any_of(group.producers, [&](const Producer& other) {
      return other.node == producer.node && other.weights == producer.weights;
    });
    if (!known) group.producers.push_back(producer);
  }

  void add_axes() {
    for (const auto& [key, index] : by_places_) {
      for (const auto& [value, axis] : key.second) {
        const AxisLabels labels = labels_.axis(value, axis);
        ChannelAxis channels{value, axis, std::vector<std::int32_t>(at(labels.size), -1)};
        for (int i = 0; i < labels.size; ++i) {
          const int root = labels_.root(labels[i]);
          const auto group = group_of_.find(root);
          if (group != group_of_.end() && group->second == index) channels.channel[at(i)] = channel_of_[root];
        }
        groups_[index].axes.push_back(std::move(channels));
      }
    }
  }

  void describe(Group& group) const {
    std::vector<std::string> names;
    for (const Producer& producer : group.producers) {
      std::string name = short_layer_name(graph_, graph_.nodes[at(producer.node)]);
      if (names.empty() || names.back() != name) names.push_back(std::move(name));
    }
    group.name = fmt::format("{}", fmt::join(names, " + "));

    std::vector<char> shrinks(graph_.values.size(), 0);
    for (const ChannelAxis& axis : group.axes) shrinks[at(axis.value)] = graph_[axis.value].is_constant() ? 1 : 0;
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
      const auto& inputs = graph_.nodes[n].inputs;
      const bool touched = std::ranges::any_of(inputs, [&](ValueId id) { return id != kNoValue && shrinks[at(id)]; });
      if (touched) group.layers.push_back(static_cast<int>(n));
    }
  }

  const Graph& graph_;
  const ChannelLabels& labels_;
  const std::vector<Producer>& producers_;
  std::map<int, std::vector<Place>> places_;  // by root
  std::map<std::pair<std::string, std::vector<Place>>, std::size_t> by_places_;
  std::map<int, std::size_t> group_of_;
  std::map<int, std::int32_t> channel_of_;
  std::vector<Group> groups_;
};

}  // namespace

std::vector<Group> find_groups(const Graph& graph) {
  ChannelLabels labels(graph);
  const std::vector<Producer> producers = propagate_labels(graph, labels);
  fix_whole_axes(graph, labels);
  return Sorter(graph, labels, producers).groups();
}

void separate_constants(Graph& graph) {
  std::vector<char> taken(graph.values.size(), 0);
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    for (std::size_t i = 0; i < graph.nodes[n].inputs.size(); ++i) {
      const ValueId id = graph.nodes[n].inputs[i];
      if (id == kNoValue || !graph[id].is_constant()) continue;
      const auto kind = graph.nodes[n].op.role(i).kind;
      if (kind == OperandRole::Kind::weights || kind == OperandRole::Kind::index) continue;
      if (std::exchange(taken[at(id)], 1) == 0) continue;
      graph.nodes[n].inputs[i] = graph.add(Value(graph[id]));
    }
  }
}

std::string to_text(const Graph& graph, const std::vector<Group>& groups) {
  std::string text;
  for (const Group& group : groups) {
    text += fmt::format("{} channel{} of {}", group.channels, group.channels == 1 ? "" : "s", group.name);
    if (!group.reason.empty()) {
      text += fmt::format(" stay{}: {}\n", group.channels == 1 ? "s" : "", group.reason);
      continue;
    }
    std::vector<std::string> layers;
    for (const int node : group.layers) layers.push_back(short_layer_name(graph, graph.nodes[at(node)]));
    text += fmt::format(", in {}\n", fmt::join(layers, ", "));
  }
  return text;
}

}  // namespace mirim
