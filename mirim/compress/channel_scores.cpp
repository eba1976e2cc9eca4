#include "mirim/compress/channel_scores.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "mirim/base/error.hpp"
#include "mirim/base/text.hpp"
#include "mirim/graph/match.hpp"
#include "mirim/passes/macs_of.hpp"
#include "mirim/passes/remove_channels.hpp"

namespace mirim {
namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// The id of the constant that a value is or that FAKE_QUANT, for instance, makes it of, element by element.
ValueId constant_behind(const Graph& graph, const Links& links, ValueId id, const Group& group) {
  while (!graph[id].is_constant()) {
    const int producer = links.producer(id);
    if (producer < 0 || !graph.nodes[at(producer)].op.elementwise()) break;
    id = graph.nodes[at(producer)].inputs[0];
  }
  const Value& value = graph[id];
  if (!value.is_constant() || value.type.dtype != DType::float32) {
    fail("'{}': its weights '{}' are no float32 constant", shortened(group.name), shortened(value.name));
  }
  return id;
}

/// Calls f(channel, element) for all elements of a constant along the group's axis.
template <class F>
void for_each_element(const Shape& shape, std::span<const float> elements, const ChannelAxis& axis, F f) {
  std::int64_t inner = 1;
  for (int i = axis.axis + 1; i < shape.rank(); ++i) inner *= shape[i];
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const std::int32_t channel = axis.channel[i / at(inner) % axis.channel.size()];
    if (channel >= 0) f(at(channel), double{elements[i]});
  }
}

struct Sums {
  std::vector<double> absolute, square;
  std::vector<std::int64_t> count;

  explicit Sums(std::int64_t channels) : absolute(at(channels)), square(at(channels)), count(at(channels)) {}
  void add(const Shape& shape, std::span<const float> elements, const ChannelAxis& axis) {
    for_each_element(shape, elements, axis, [&](std::size_t channel, double element) {
      absolute[channel] += std::fabs(element);
      square[channel] += element * element;
      ++count[channel];
    });
  }
  double mean(std::size_t channel, const std::vector<double>& sums) const {
    return sums[channel] / static_cast<double>(std::max<std::int64_t>(1, count[channel]));
  }
};

bool produces(const Group& group, const ChannelAxis& axis) {
  return std::ranges::any_of(group.producers, [&](const Producer& producer) {
    return producer.weights == axis.value && producer.axis == axis.axis;
  });
}

bool is_scale(const Graph& graph, const Links& links, ValueId id) {
  return std::ranges::any_of(links.readers(id), [&](int reader) {
    const Node& node = graph.nodes[at(reader)];
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] == id && node.op.role(i).kind == OperandRole::Kind::scale) return true;
    }
    return false;
  });
}

}  // namespace

ChannelScores score_channels(const Graph& graph, const Group& group,
                             const std::map<ValueId, std::vector<float>>& importance) {
  const Links links(graph);
  Sums weights(group.channels), scales(group.channels), given(group.channels);
  bool scaled = false;
  for (const ChannelAxis& axis : group.axes) {
    const bool scale = is_scale(graph, links, axis.value);
    if (!scale && !produces(group, axis)) continue;
    const ValueId id = constant_behind(graph, links, axis.value, group);
    const Value& value = graph[id];
    if (scale) scales.add(value.type.shape, value.values<float>(), axis);
    scaled = scaled || scale;
    if (!produces(group, axis)) continue;
    weights.add(value.type.shape, value.values<float>(), axis);
    if (importance.empty()) continue;
    const auto found = importance.find(id);
    if (found == importance.end()) {
      fail("'{}': its weights '{}' get no gradient", shortened(group.name), shortened(value.name));
    }
    given.add(value.type.shape, found->second, axis);
  }
  ChannelScores scores;
  for (std::size_t c = 0; c < at(group.channels); ++c) {
    scores.l1.push_back(weights.mean(c, weights.absolute));
    scores.l2.push_back(std::sqrt(weights.mean(c, weights.square)));
    if (!importance.empty()) scores.given.push_back(given.mean(c, given.absolute));
    if (scaled) scores.scale.push_back(scales.mean(c, scales.absolute));
  }
  scores.macs = macs_of_channels(graph, group);
  return scores;
}

std::vector<double> costs_of_channels(const Graph& graph, const Group& group,
                                      const std::function<double(const Graph&)>& cost, std::int64_t at_once) {
  std::vector<double> costs(at(group.channels), 0);
  if (!group.reason.empty()) return costs;
  const double before = cost(graph);
  std::map<std::vector<std::int64_t>, double> spared;  // by what is removed of each axis: mostly the same
  for (std::int64_t c = 0; c < group.channels; ++c) {
    std::vector<std::int64_t> removed;
    for (const ChannelAxis& axis : group.axes) removed.push_back(std::ranges::count(axis.channel, c));
    const auto [found, is_new] = spared.try_emplace(std::move(removed), 0);
    if (is_new) {
      std::vector<std::int64_t> gone;
      for (std::int64_t i = 0; i < at_once; ++i) gone.push_back((c + i) % group.channels);
      std::ranges::sort(gone);
      Graph smaller = graph;
      remove_channels(smaller, group, gone);
      found->second = (before - cost(smaller)) / static_cast<double>(at_once);
    }
    costs[at(c)] = found->second;
  }
  return costs;
}

std::vector<std::int64_t> macs_of_channels(const Graph& graph, const Group& group) {
  std::vector<std::int64_t> macs;
  const auto count = [](const Graph& g) { return static_cast<double>(macs_of(g)); };  // exact below 2^53
  for (const double one : costs_of_channels(graph, group, count)) macs.push_back(static_cast<std::int64_t>(one));
  return macs;
}

}  // namespace mirim
