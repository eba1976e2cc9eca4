#include "mirim/passes/eliminate_dead_channels.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "mirim/ops/depthwise_conv2d.hpp"
#include "mirim/ops/pool2d.hpp"
#include "mirim/ops/reduce.hpp"
#include "mirim/passes/channel_intervals.hpp"
#include "mirim/passes/groups.hpp"
#include "mirim/passes/integer_layer.hpp"
#include "mirim/passes/remove_channels.hpp"

namespace mirim {
namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// Numbers for the channels of all groups.
class Channels {
 public:
  explicit Channels(const std::vector<Group>& groups) {
    for (const Group& group : groups) {
      for (const ChannelAxis& axis : group.axes) {
        auto& numbers = of_axis_[{axis.value, axis.axis}];
        numbers.resize(axis.channel.size(), -1);
        for (std::size_t i = 0; i < numbers.size(); ++i) {
          if (axis.channel[i] >= 0) numbers[i] = count_ + axis.channel[i];
        }
      }
      count_ += static_cast<std::int32_t>(group.channels);
    }
  }

  std::int32_t count() const { return count_; }
  /// The channels at the indices of an axis, -1 where there is none; empty if it has none at all.
  const std::vector<std::int32_t>& along(ValueId value, int axis) const {
    static const std::vector<std::int32_t> none;
    const auto found = of_axis_.find({value, axis});
    return found == of_axis_.end() ? none : found->second;
  }
  const std::map<std::pair<ValueId, int>, std::vector<std::int32_t>>& axes() const { return of_axis_; }

 private:
  std::int32_t count_ = 0;
  std::map<std::pair<ValueId, int>, std::vector<std::int32_t>> of_axis_;
};

/// A layer with its channels and what is known of them.
struct Reader {
  IntegerLayer layer;
  std::vector<std::int32_t> inputs;   ///< the channel of each input of the layer, -1 where it has none
  std::vector<std::int32_t> outputs;  ///< of each output
  std::vector<std::optional<std::int64_t>> constant_inputs;  ///< less the zero point; none where the products vary
  std::vector<char> constant_outputs;                        ///< that can be made without reading anything
  std::vector<std::int8_t> weights;

  bool reads(std::size_t i) const {
    const auto index = static_cast<std::int64_t>(i);
    return weights[i] != 0 && !constant_outputs[at(layer.output_of(index))] &&
           !constant_inputs[at(layer.channel_of(index))];
  }
};

class Analysis {
 public:
  Analysis(const Graph& graph, const std::vector<Group>& groups)
      : graph_(graph), groups_(groups), channels_(groups), intervals_(channel_intervals(graph)) {
    for (const IntegerLayer& layer : integer_layers(graph)) readers_.push_back(reader(layer));
    needed_.resize(at(channels_.count()), 0);
    find_roots();
    follow_readers();
    keep_one_of_each_axis();
  }

  const std::vector<Reader>& readers() const { return readers_; }
  bool is_removed(std::int32_t channel) const { return channel >= 0 && !needed_[at(channel)]; }

  std::vector<Removal> removals() const {
    std::vector<Removal> result;
    std::int32_t channel = 0;
    for (const Group& group : groups_) {
      Removal removal{.group = &group};
      for (std::int64_t c = 0; c < group.channels; ++c, ++channel) {
        if (is_removed(channel)) removal.channels.push_back(c);
      }
      if (!removal.channels.empty()) result.push_back(std::move(removal));
    }
    return result;
  }

 private:
  std::vector<std::int32_t> along(ValueId value, int axis) const {
    std::vector<std::int32_t> result = channels_.along(value, axis);
    result.resize(at(graph_[value].type.shape[axis]), -1);
    if (result.empty()) result.push_back(-1);
    return result;
  }

  bool is_read_once(ValueId weights) const {
    std::int64_t readers = 0;
    for (const Node& node : graph_.nodes) readers += std::ranges::count(node.inputs, weights);
    return readers == 1;
  }

  Reader reader(const IntegerLayer& layer) const {
    const Value &x = graph_[layer.x], &y = graph_[layer.y];
    const bool dense = graph_[layer.weights].type.shape.rank() == 2;
    const Bytes& bytes = *graph_[layer.weights].constant;
    const auto* weights = reinterpret_cast<const std::int8_t*>(bytes.data());
    Reader r{.layer = layer,
             .inputs = dense ? along(layer.weights, 1) : along(layer.x, x.type.shape.rank() - 1),
             .outputs = along(layer.y, y.type.shape.rank() - 1),
             .constant_inputs = std::vector<std::optional<std::int64_t>>(at(layer.channels)),
             .constant_outputs = std::vector<char>(at(layer.outputs), 0),
             .weights = {weights, weights + bytes.size()}};
    if (x.type.dtype != DType::int8 || layer.depthwise) return r;
    for (std::int64_t c = 0; c < layer.channels; ++c) {
      const Interval values = interval_of_channel(intervals_[at(layer.x)], layer, c);
      const std::int64_t value = values.least - layer.parameters.input.zero_point;
      if (values.is_constant() && (value == 0 || !layer.pads)) r.constant_inputs[at(c)] = value;
    }
    if (!is_read_once(layer.weights)) return r;
    const auto& results = intervals_[at(layer.y)];
    for (std::size_t o = 0; o < r.constant_outputs.size(); ++o) r.constant_outputs[o] = results[o].is_constant();
    return r;
  }

  void need(std::int32_t channel) {
    if (channel < 0 || needed_[at(channel)]) return;
    needed_[at(channel)] = 1;
    changed_ = true;
  }

  void need_all(ValueId id) {
    const int rank = id == kNoValue ? 0 : graph_[id].type.shape.rank();
    for (int axis = 0; axis < rank; ++axis) {
      for (const std::int32_t channel : channels_.along(id, axis)) need(channel);
    }
  }

  /// Whether the node computes each channel from the same channel alone, in integers. Then its operands and results are
  /// of one group, or their group stays.
  bool keeps_channels_apart(const Node& node) const {
    const auto inexact = [&](ValueId id) {
      if (id == kNoValue) return false;
      const DType dtype = graph_[id].type.dtype;
      return graph_[id].variable || dtype == DType::float32 || dtype == DType::float16;
    };
    if (std::ranges::any_of(node.inputs, inexact) || std::ranges::any_of(node.outputs, inexact)) return false;
    const Op& op = node.op;
    return op.elementwise() || op.kind() == OperatorKind::move || op.is<AveragePool2d>() || op.is<MaxPool2d>() ||
           op.is<Mean>();
  }

  void find_roots() {
    std::int32_t channel = 0;
    for (const Group& group : groups_) {
      for (std::int64_t c = 0; c < group.channels; ++c, ++channel) {
        if (!group.reason.empty()) need(channel);
      }
    }
    std::vector<char> understood(graph_.nodes.size(), 0);
    for (const Reader& r : readers_) understood[at(r.layer.node)] = 1;
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
      const Node& node = graph_.nodes[n];
      if (understood[n] || keeps_channels_apart(node)) continue;
      for (const ValueId id : node.inputs) need_all(id);
      for (const ValueId id : node.outputs) need_all(id);
    }
  }

  /// What a needed output reads is needed.
  void follow_readers() {
    do {
      changed_ = false;
      for (auto r = readers_.rbegin(); r != readers_.rend(); ++r) {
        for (std::size_t i = 0; i < r->weights.size(); ++i) {
          const auto index = static_cast<std::int64_t>(i);
          const std::int32_t output = r->outputs[at(r->layer.output_of(index))];
          if (!is_removed(output) && r->reads(i)) need(r->inputs[at(r->layer.channel_of(index))]);
        }
      }
    } while (changed_);
  }

  /// Nobody reads the channel that stays, so what makes it need not.
  void keep_one_of_each_axis() {
    for (const auto& [place, channels] : channels_.axes()) {
      if (std::ranges::all_of(channels, [&](std::int32_t c) { return is_removed(c); })) need(channels[0]);
    }
  }

  const Graph& graph_;
  const std::vector<Group>& groups_;
  Channels channels_;
  ChannelIntervals intervals_;
  std::vector<Reader> readers_;
  std::vector<char> needed_;
  bool changed_ = false;
};

/// A layer as it will be, but for what is removed of it.
struct Rewritten {
  std::vector<std::int64_t> bias;
  std::vector<std::int8_t> weights;
  bool bias_changes = false;
  bool weights_change = false;
};

/// Output o makes its constant of nothing but a bias: one end of what its sum can be.
void stop_reading(const Graph& graph, const Reader& r, const std::vector<Interval>& x, std::int64_t o, Rewritten& to) {
  to.bias[at(o)] = sum_intervals(graph, r.layer, x)[at(o)].least;
  for (std::size_t i = 0; i < to.weights.size(); ++i) {
    if (r.layer.output_of(static_cast<std::int64_t>(i)) == o) to.weights[i] = 0;
  }
  to.bias_changes = to.weights_change = true;
}

Rewritten rewritten(const Graph& graph, const Analysis& analysis, const Reader& r, const ChannelIntervals& intervals) {
  Rewritten to{.bias = std::vector<std::int64_t>(at(r.layer.outputs), 0), .weights = r.weights};
  if (r.layer.bias != kNoValue) {
    const auto bias = graph[r.layer.bias].values<std::int32_t>();
    to.bias.assign(bias.begin(), bias.end());
  }
  std::vector<char> loses(at(r.layer.outputs), 0);  // something that varies
  for (std::size_t i = 0; i < r.weights.size(); ++i) {
    const auto index = static_cast<std::int64_t>(i);
    const std::int64_t o = r.layer.output_of(index), c = r.layer.channel_of(index);
    if (r.weights[i] == 0 || !analysis.is_removed(r.inputs[at(c)]) || analysis.is_removed(r.outputs[at(o)])) continue;
    if (const auto value = r.constant_inputs[at(c)]) {
      to.bias[at(o)] += *value * r.weights[i];
      to.bias_changes |= *value != 0;
    } else {
      loses[at(o)] = 1;
    }
  }
  for (std::int64_t o = 0; o < r.layer.outputs; ++o) {
    if (loses[at(o)] && r.constant_outputs[at(o)]) stop_reading(graph, r, intervals[at(r.layer.x)], o, to);
  }
  return to;
}

[[maybe_unused]] bool fits_int32(std::int64_t value) {
  return value >= -std::numeric_limits<std::int32_t>::max() && value <= std::numeric_limits<std::int32_t>::max();
}

/// TFLite's scale of a bias: input scale * weights scale.
Quantization bias_quantization(const Graph& graph, const IntegerLayer& layer) {
  Quantization q = graph[layer.weights].quantization;
  for (float& scale : q.scale) scale *= graph[layer.x].quantization.scale[0];
  q.zero_point.assign(q.scale.size(), 0);
  q.dimension = 0;
  return q;
}

/// A bias for a layer that has none. No group knows it, so it has the outputs that stay, and no others.
void add_bias(Graph& graph, const Analysis& analysis, const Reader& r, const std::vector<std::int32_t>& bias) {
  Quantization q = bias_quantization(graph, r.layer);
  std::vector<std::int32_t> kept;
  std::vector<float> scales;
  for (std::size_t o = 0; o < bias.size(); ++o) {
    if (analysis.is_removed(r.outputs[o])) continue;
    kept.push_back(bias[o]);
    if (q.per_channel()) scales.push_back(q.scale[o]);
  }
  if (q.per_channel()) q.scale = scales, q.zero_point.resize(scales.size());
  const ValueId made = graph.add(Value{.name = graph[r.layer.y].name + "/bias",
                                       .type = {DType::int32, {static_cast<std::int64_t>(kept.size())}},
                                       .quantization = q,
                                       .constant = make_constant(kept)});
  Node& node = graph.nodes[at(r.layer.node)];
  node.inputs.resize(std::max<std::size_t>(node.inputs.size(), 3), kNoValue);
  node.inputs[2] = made;
}

void set_bias(Graph& graph, const Analysis& analysis, const Reader& r, const std::vector<std::int64_t>& sums) {
  const std::vector<std::int32_t> bias(sums.begin(), sums.end());
  if (r.layer.bias == kNoValue) return add_bias(graph, analysis, r, bias);
  graph[r.layer.bias].constant = make_constant(bias);
}

/// Moves what the removed channels contribute into biases. They have room for it: no kernel takes a layer whose bias
/// and largest products together leave 32 bits, and such a layer reads everything.
void fold_removed(Graph& graph, const Analysis& analysis) {
  const Graph before = graph;
  const ChannelIntervals intervals = channel_intervals(before);
  for (const Reader& r : analysis.readers()) {
    if (r.layer.depthwise || before[r.layer.x].type.dtype != DType::int8) continue;
    const Rewritten to = rewritten(before, analysis, r, intervals);
    assert(std::ranges::all_of(to.bias, fits_int32));
    if (to.bias_changes) set_bias(graph, analysis, r, to.bias);
    if (!to.weights_change) continue;
    graph[r.layer.weights].constant = make_constant(to.weights);
    drop_broken_parts(graph[r.layer.weights]);
  }
}

bool remove_dead(Graph& graph) {
  Graph smaller = graph;
  separate_constants(smaller);
  const std::vector<Group> groups = find_groups(smaller);
  const Analysis analysis(smaller, groups);
  const std::vector<Removal> removals = analysis.removals();
  if (removals.empty()) return false;
  fold_removed(smaller, analysis);
  remove_channels(smaller, removals);
  graph = std::move(smaller);
  return true;
}

}  // namespace

void eliminate_dead_channels(Graph& graph) {
  while (remove_dead(graph)) {
  }
}

}  // namespace mirim
