#include "mirim/passes/remove_channels.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <utility>

#include "mirim/base/error.hpp"
#include "mirim/base/text.hpp"
#include "mirim/graph/blocks.hpp"
#include "mirim/graph/verify.hpp"
#include "mirim/ops/broadcast_to.hpp"
#include "mirim/ops/depthwise_conv2d.hpp"
#include "mirim/ops/reshape.hpp"
#include "mirim/ops/slice.hpp"
#include "mirim/ops/split.hpp"
#include "mirim/ops/transpose_conv.hpp"

namespace mirim {
namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// Which indices of an axis stay.
struct Cut {
  std::vector<char> keep;
  const Group* group = nullptr;  ///< one that removes some

  std::int64_t kept() const { return std::ranges::count(keep, 1); }
};
using Cuts = std::map<std::pair<ValueId, int>, Cut>;  // by value and axis

std::vector<char> removed_channels(const Removal& removal) {
  const Group& group = *removal.group;
  const std::string name = shortened(group.name);
  if (!removal.channels.empty() && !group.reason.empty()) {
    fail("'{}': its {} channels must stay: {}", name, group.channels, group.reason);
  }
  std::vector<char> removed(at(group.channels), 0);
  for (const std::int64_t channel : removal.channels) {
    if (channel < 0 || channel >= group.channels) {
      fail("'{}': has channels 0 to {}, cannot remove {}", name, group.channels - 1, channel);
    }
    removed[at(channel)] = 1;
  }
  return removed;
}

Cuts find_cuts(const Graph& graph, std::span<const Removal> removals) {
  Cuts cuts;
  for (const Removal& removal : removals) {
    const std::vector<char> removed = removed_channels(removal);
    if (removal.channels.empty()) continue;
    for (const ChannelAxis& axis : removal.group->axes) {
      if (graph[axis.value].type.shape[axis.axis] != static_cast<std::int64_t>(axis.channel.size())) {
        fail("'{}': the graph has changed since its groups were found", shortened(removal.group->name));
      }
      Cut& cut = cuts[{axis.value, axis.axis}];
      cut.keep.resize(axis.channel.size(), 1);
      for (std::size_t i = 0; i < axis.channel.size(); ++i) {
        if (axis.channel[i] < 0 || !removed[at(axis.channel[i])]) continue;
        cut.keep[i] = 0;
        cut.group = removal.group;
      }
    }
  }
  std::erase_if(cuts, [](const auto& entry) { return entry.second.group == nullptr; });
  for (const auto& [place, cut] : cuts) {
    if (cut.kept() > 0) continue;
    fail("'{}': at least one channel must stay, and none of '{}' would", shortened(cut.group->name),
         shortened(graph[place.first].name));
  }
  return cuts;
}

/// The elements of `bytes` whose index along the axis stays.
Bytes sliced(const Bytes& bytes, const TensorType& type, int axis, const Cut& cut) {
  std::size_t row = at(byte_size(type.dtype));  // what lies behind one index
  for (int i = axis + 1; i < type.shape.rank(); ++i) row *= at(type.shape[i]);
  Bytes result;
  result.reserve(bytes.size());
  for (std::size_t from = 0, i = 0; from < bytes.size(); from += row, i = (i + 1) % cut.keep.size()) {
    if (!cut.keep[i]) continue;
    const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(from);
    result.insert(result.end(), begin, begin + static_cast<std::ptrdiff_t>(row));
  }
  return result;
}

/// The elements of a vector along the axis that stay, where it has one for each index.
template <class T>
void slice_along(std::vector<T>& values, const Cut& cut) {
  if (values.size() != cut.keep.size()) return;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (cut.keep[i]) values[kept++] = values[i];
  }
  values.resize(kept);
}

/// The scales of blocks are [rows, blocks of a row].
void cut_blocks(Value& value, int axis, const Cut& cut) {
  Quantization& q = value.quantization;
  if (axis != 0) fail("'{}' is quantized in blocks, which cannot lose some of their elements", shortened(value.name));
  const std::size_t blocks = q.scale.size() / cut.keep.size();
  std::size_t kept = 0;
  for (std::size_t i = 0; i < q.scale.size(); ++i) {
    if (cut.keep[i / blocks]) q.scale[kept++] = q.scale[i];
  }
  q.scale.resize(kept);
  q.zero_point.resize(kept);
}

void cut_value(Value& value, int axis, const Cut& cut) {
  if (value.constant) value.constant = make_constant(sliced(*value.constant, value.type, axis, cut));
  value.type.shape[axis] = cut.kept();
  if (is_in_blocks(value.quantization)) {
    cut_blocks(value, axis, cut);
  } else if (value.quantization.per_channel() && value.quantization.dimension == axis) {
    slice_along(value.quantization.scale, cut);
    slice_along(value.quantization.zero_point, cut);
  }
  if (value.form && value.form->grid && value.form->axis == axis && value.form->grid->scale.size() > 1) {
    slice_along(value.form->grid->scale, cut);
  }
}

std::vector<std::int64_t> indices_of(const Value& value) {
  std::vector<std::int64_t> result;
  if (value.type.dtype == DType::int32) {
    for (const std::int32_t i : value.values<std::int32_t>()) result.push_back(i);
  } else {
    for (const std::int64_t i : value.values<std::int64_t>()) result.push_back(i);
  }
  return result;
}

/// Input i becomes a constant of its own with these numbers.
void set_indices(Graph& graph, Node& node, std::size_t i, const std::vector<std::int64_t>& indices) {
  Value value = graph[node.inputs[i]];
  if (value.type.dtype == DType::int32) {
    value.constant = make_constant(std::vector<std::int32_t>(indices.begin(), indices.end()));
  } else {
    value.constant = make_constant(indices);
  }
  node.inputs[i] = graph.add(std::move(value));
}

/// The dimensions, and -1 where the old ones had it.
template <class T>
std::vector<T> with_rest(const Shape& shape, const std::vector<T>& old) {
  std::vector<T> result;
  for (const std::int64_t dimension : shape) {
    const bool rest = result.size() < old.size() && old[result.size()] == -1;
    result.push_back(rest ? T{-1} : static_cast<T>(dimension));
  }
  return result;
}

void set_shape_operand(Graph& graph, Node& node, std::size_t i) {
  if (i >= node.inputs.size() || node.inputs[i] == kNoValue) return;
  const Shape shape = graph[node.outputs[0]].type.shape;
  const Value& operand = graph[node.inputs[i]];
  const auto old = operand.is_constant() ? indices_of(operand) : std::vector<std::int64_t>{};
  set_indices(graph, node, i, with_rest(shape, old));
}

void fit_split(Graph& graph, Node& node) {
  const int rank = graph[node.inputs[0]].type.shape.rank();
  const int axis = normalize_axis(indices_of(graph[node.inputs[2]])[0], rank);
  std::vector<std::int64_t> lengths = indices_of(graph[node.inputs[1]]);
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    if (lengths[i] != -1) lengths[i] = graph[node.outputs[i]].type.shape[axis];
  }
  set_indices(graph, node, 1, lengths);
}

void fit_slice(Graph& graph, Node& node, const Cuts& cuts) {
  std::vector<std::int64_t> begin = indices_of(graph[node.inputs[1]]), size = indices_of(graph[node.inputs[2]]);
  for (std::size_t axis = 0; axis < begin.size(); ++axis) {
    const auto cut = cuts.find({node.inputs[0], static_cast<int>(axis)});
    if (cut == cuts.end()) continue;
    const auto& keep = cut->second.keep;
    begin[axis] = std::count(keep.begin(), keep.begin() + begin[axis], 1);
    if (size[axis] != -1) size[axis] = graph[node.outputs[0]].type.shape[static_cast<int>(axis)];
  }
  set_indices(graph, node, 1, begin);
  set_indices(graph, node, 2, size);
}

/// Options and constant operands that speak of sizes.
void fit_node(Graph& graph, std::size_t n, const Cuts& cuts) {
  Node node = graph.nodes[n];
  const Shape y = graph[node.outputs[0]].type.shape;  // adding a constant moves the values
  if (auto* conv = node.op.as<DepthwiseConv2d>()) {
    conv->depth_multiplier = static_cast<std::int32_t>(y[3] / graph[node.inputs[0]].type.shape[3]);
  } else if (auto* reshape = node.op.as<Reshape>()) {
    if (!reshape->new_shape.empty()) reshape->new_shape = with_rest(y, reshape->new_shape);
    set_shape_operand(graph, node, 1);
  } else if (node.op.is<BroadcastTo>()) {
    set_shape_operand(graph, node, 1);
  } else if (node.op.is<TransposeConv>()) {
    if (graph[node.inputs[0]].is_constant()) set_shape_operand(graph, node, 0);
  } else if (node.op.is<SplitV>()) {
    fit_split(graph, node);
  } else if (node.op.is<Slice>()) {
    fit_slice(graph, node, cuts);
  }
  graph.nodes[n] = std::move(node);
}

bool is_cut(const Cuts& cuts, ValueId id) {
  const auto first = cuts.lower_bound({id, 0});
  return first != cuts.end() && first->first.first == id;
}

}  // namespace

void remove_channels(Graph& graph, std::span<const Removal> removals) {
  const Cuts cuts = find_cuts(graph, removals);
  if (cuts.empty()) return;
  Graph smaller = graph;
  for (const auto& [place, cut] : cuts) cut_value(smaller[place.first], place.second, cut);
  for (const auto& [place, cut] : cuts) drop_broken_parts(smaller[place.first]);
  for (std::size_t n = 0; n < smaller.nodes.size(); ++n) {
    const Node& node = smaller.nodes[n];
    const auto cut = [&](ValueId id) { return id != kNoValue && is_cut(cuts, id); };
    if (std::ranges::any_of(node.inputs, cut) || std::ranges::any_of(node.outputs, cut)) fit_node(smaller, n, cuts);
  }
  remove_unused_values(smaller);
  in_context("after the removal of channels", [&] { verify_or_throw(smaller); });
  graph = std::move(smaller);
}

void remove_channels(Graph& graph, const Group& group, std::span<const std::int64_t> channels) {
  const Removal removal{&group, {channels.begin(), channels.end()}};
  remove_channels(graph, {&removal, 1});
}

}  // namespace mirim
