#include "mirim/passes/follow_moves.hpp"

#include <algorithm>
#include <numeric>
#include <optional>

#include "mirim/base/error.hpp"
#include "mirim/graph/layer_name.hpp"
#include "mirim/ops/concatenation.hpp"
#include "mirim/ops/gather.hpp"
#include "mirim/ops/pad.hpp"
#include "mirim/ops/reshape.hpp"
#include "mirim/ops/reverse_v2.hpp"
#include "mirim/ops/slice.hpp"
#include "mirim/ops/space_to_depth.hpp"
#include "mirim/ops/split.hpp"
#include "mirim/ops/strided_view.hpp"
#include "mirim/ops/tile.hpp"

namespace mirim {
namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// An operand whose elements move, and the numbers (base, base + elements] that they have.
struct Moved {
  ValueId id = kNoValue;
  std::int64_t base = 0;
  std::int64_t elements = 0;

  std::int64_t end() const { return base + elements; }
};

struct Run {
  std::vector<Moved> inputs;
  std::vector<Tensor> outputs;  ///< int32: the number of the element that stands there, 0 for padding
};

/// What takes the place of an operand that says where elements go; none when that is not known.
std::optional<Tensor> index_operand(const Graph& graph, const Node& node, std::size_t i) {
  const Value& value = graph[node.inputs[i]];
  Tensor tensor(value.type, value.quantization);
  if (value.is_constant()) {
    tensor.bytes = *value.constant;
    return tensor;
  }
  // Wherever GATHER looks along its own axis, the other axes pass in the same way; it takes zeros.
  if (node.op.is<Gather>()) return tensor;
  if (!node.op.is<Reshape>()) return std::nullopt;
  const auto& to = graph[node.outputs[0]].type.shape;  // whatever computes it
  return Tensor({to.rank()}, std::vector<std::int32_t>(to.begin(), to.end()));
}

std::optional<Run> run_on_numbers(const Graph& graph, const Node& node) {
  Run run;
  std::vector<Tensor> tensors;
  std::int64_t next = 0;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    tensors.emplace_back();
    const ValueId id = node.inputs[i];
    if (id == kNoValue) continue;
    if (node.op.role(i).kind == OperandRole::Kind::index) {
      auto tensor = index_operand(graph, node, i);
      if (!tensor) return std::nullopt;
      tensors.back() = std::move(*tensor);
      continue;
    }
    const Shape& shape = graph[id].type.shape;
    tensors.back() = Tensor({DType::int32, shape});
    if (shape.elements() == 1) continue;  // what padding is made of
    const auto numbers = tensors.back().as<std::int32_t>();
    std::iota(numbers.begin(), numbers.end(), static_cast<std::int32_t>(next + 1));
    run.inputs.push_back({id, next, shape.elements()});
    next += shape.elements();
  }
  std::vector<Operand> types;
  std::vector<ConstTensorView> in;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const bool present = node.inputs[i] != kNoValue;
    const bool index = node.op.role(i).kind == OperandRole::Kind::index;
    types.push_back(!present ? Operand{} : index ? tensors[i].operand() : Operand{&tensors[i].type, nullptr, {}});
    if (types.back().present()) types.back().quantization = &tensors[i].quantization;
    in.push_back(present ? std::as_const(tensors[i]).view() : ConstTensorView{});
  }
  try {
    for (const TensorType& type : node.op.infer(Types(types))) run.outputs.emplace_back(type);
    std::vector<TensorView> out;
    for (Tensor& tensor : run.outputs) out.push_back(tensor.view());
    node.op.forward(Inputs(in), Outputs(out));
  } catch (const Error&) {
    return std::nullopt;
  }
  return run;
}

/// The index along one axis of an element, by its number.
struct AxisIndex {
  std::int64_t stride = 1;
  std::int64_t size = 1;

  std::int64_t operator()(std::int64_t element) const { return element / stride % size; }
};
AxisIndex axis_index(const Shape& shape, int axis) { return {dense_strides(shape)[at(axis)], shape[axis]}; }

/// Calls f(index along the input's axis, index along the output's axis) for all elements that come from the input.
template <class F>
void for_each_pair(const Tensor& output, const Moved& input, AxisIndex from, AxisIndex to, F f) {
  const auto numbers = output.as<std::int32_t>();
  for (std::size_t e = 0; e < numbers.size(); ++e) {
    const std::int64_t element = numbers[e] - 1 - input.base;
    if (element < 0 || element >= input.elements) continue;
    f(from(element), to(static_cast<std::int64_t>(e)));
  }
}

/// Into how many parts the input's axis falls, among the indices that the output has, when those that meet in one index
/// of the output's axis are one.
std::int64_t parts(const Tensor& output, const Moved& input, AxisIndex from, AxisIndex to) {
  std::vector<std::int64_t> parents(at(from.size + to.size));
  std::iota(parents.begin(), parents.end(), 0);
  std::vector<char> there(at(from.size), 0);
  const auto root = [&](std::int64_t i) {
    while (parents[at(i)] != i) i = parents[at(i)] = parents[at(parents[at(i)])];
    return i;
  };
  for_each_pair(output, input, from, to, [&](std::int64_t a, std::int64_t b) {
    there[at(a)] = 1;
    parents[at(root(from.size + b))] = root(a);
  });
  std::vector<char> counted(parents.size(), 0);
  std::int64_t count = 0;
  for (std::int64_t a = 0; a < from.size; ++a) {
    if (!there[at(a)]) continue;
    count += counted[at(root(a))] ? 0 : 1;
    counted[at(root(a))] = 1;
  }
  return count;
}

/// Whether the node's constants still say the same once indices are gone along an axis that is not as it was: they say
/// nothing of it, or `remove_channels` changes them.
bool adapts(const Op& op) {
  return op.is<Reshape>() || op.is<Concatenation>() || op.is<Split>() || op.is<SplitV>() || op.is<Slice>() ||
         op.is<Pad>() || op.is<PadV2>() || op.is<Tile>() || op.is<ReverseV2>() || op.is<SpaceToDepth>() ||
         op.is<DepthToSpace>();
}

class Follower {
 public:
  Follower(const Graph& graph, const Node& node, const Run& run, ChannelLabels& labels)
      : graph_(graph), op_(node.op), name_(name_for_reason(graph, node)), run_(run), labels_(labels) {}

  void follow(const Tensor& output, const std::vector<AxisLabels>& axes) {
    carried_.assign(run_.inputs.size(), std::vector<char>(axes.size(), 0));
    for (std::size_t i = 0; i < run_.inputs.size(); ++i) {
      const int rank = shape_of(i).rank();
      for (int axis = 0; axis < rank; ++axis) {
        const AxisLabels from = labels_.axis(run_.inputs[i].id, axis);
        if (from.size > 1 && !labels_.is_fixed(from)) continue_axis(output, axes, i, axis);
      }
    }
    for (std::size_t b = 0; b < axes.size(); ++b) fix_rest(output, axes, static_cast<int>(b));
  }

 private:
  const Shape& shape_of(std::size_t input) const { return graph_[run_.inputs[input].id].type.shape; }

  /// Input i's axis continues as one of the output's; where there is none that keeps two indices apart, it is fixed.
  void continue_axis(const Tensor& output, const std::vector<AxisLabels>& axes, std::size_t i, int axis) {
    const Moved& input = run_.inputs[i];
    const AxisLabels from = labels_.axis(input.id, axis);
    const AxisIndex from_index = axis_index(shape_of(i), axis);
    const int best = best_axis(output, i, from_index);
    if (best < 0) return fix_present(output, input, from, from_index);
    const AxisIndex to_index = axis_index(output.type.shape, best);
    bool same = from_index.size == to_index.size;
    for_each_pair(output, input, from_index, to_index, [&](std::int64_t a, std::int64_t b) { same = same && a == b; });
    if (!same && !adapts(op_)) return labels_.fix(from, fmt::format("{} names places among them", name_));
    carried_[i][at(best)] = 1;
    for_each_pair(output, input, from_index, to_index,
                  [&](std::int64_t a, std::int64_t b) { labels_.unite(from[a], axes[at(best)][b]); });
  }

  /// The output's axis, not yet taken by another of this input, that keeps most indices apart; -1 for none.
  int best_axis(const Tensor& output, std::size_t i, AxisIndex from) const {
    int best = -1;
    std::int64_t most = 2;
    for (int b = 0; b < output.type.shape.rank(); ++b) {
      if (output.type.shape[b] < 2 || carried_[i][at(b)]) continue;
      const std::int64_t count = parts(output, run_.inputs[i], from, axis_index(output.type.shape, b));
      if (count < most) continue;
      most = count;
      best = b;
    }
    return best;
  }

  /// Indices that the output has; what it leaves out is free to go.
  void fix_present(const Tensor& output, const Moved& input, AxisLabels from, AxisIndex from_index) {
    const std::string reason = fmt::format("{} takes them apart", name_);
    for_each_pair(output, input, from_index, {}, [&](std::int64_t a, std::int64_t) { labels_.fix(from[a], reason); });
  }

  /// Indices of the output's axis stay that hold an element which no removal takes away, or none but padding.
  void fix_rest(const Tensor& output, const std::vector<AxisLabels>& axes, int b) {
    const AxisIndex index = axis_index(output.type.shape, b);
    std::vector<char> goes(at(index.size), 0), stays(at(index.size), 0);
    const auto numbers = output.as<std::int32_t>();
    for (std::size_t e = 0; e < numbers.size(); ++e) {
      const std::size_t place = at(index(static_cast<std::int64_t>(e)));
      const std::size_t i = input_of(numbers[e]);
      if (i == run_.inputs.size()) continue;
      (carried_[i][at(b)] ? goes : stays)[place] = 1;
    }
    const std::string reason = fmt::format("{} joins them with what stays", name_);
    for (int i = 0; i < axes[at(b)].size; ++i) {
      if (!goes[at(i)] || stays[at(i)]) labels_.fix(axes[at(b)][i], reason);
    }
  }

  /// How many inputs there are for a number that is no element's.
  std::size_t input_of(std::int64_t number) const {
    std::size_t i = 0;
    while (i < run_.inputs.size() && (number <= run_.inputs[i].base || number > run_.inputs[i].end())) ++i;
    return i;
  }

  const Graph& graph_;
  const Op& op_;
  std::string name_;
  const Run& run_;
  ChannelLabels& labels_;
  std::vector<std::vector<char>> carried_;  // by input and axis of the output
};

bool has_axes(const Shape& shape, const std::vector<AxisLabels>& axes) {
  return std::ranges::equal(shape, axes, [](std::int64_t size, const AxisLabels& axis) { return size == axis.size; });
}

/// The parts of a SPLIT stay equal: index k of each goes at once.
void unite_equal_parts(const Graph& graph, const Node& node, const std::vector<std::vector<AxisLabels>>& outputs,
                       ChannelLabels& labels) {
  const Shape& whole = graph[node.inputs[1]].type.shape;
  const Shape& part = graph[node.outputs[0]].type.shape;
  for (int axis = 0; axis < whole.rank(); ++axis) {
    if (whole[axis] == part[axis]) continue;
    for (const auto& output : outputs) labels.unite(outputs[0][at(axis)], output[at(axis)]);
  }
}

}  // namespace

bool follow_moves(const Graph& graph, const Node& node, const std::vector<std::vector<AxisLabels>>& outputs,
                  ChannelLabels& labels) {
  if (const auto* gather = node.op.as<Gather>()) {
    const int axis = normalize_axis(gather->axis, graph[node.inputs[0]].type.shape.rank());
    labels.fix(labels.axis(node.inputs[0], axis), fmt::format("{} looks them up", name_for_reason(graph, node)));
  }
  const auto run = run_on_numbers(graph, node);
  if (!run || run->outputs.size() != outputs.size()) return false;
  for (std::size_t o = 0; o < outputs.size(); ++o) {
    if (!has_axes(run->outputs[o].type.shape, outputs[o])) return false;
  }
  Follower follower(graph, node, *run, labels);
  for (std::size_t o = 0; o < outputs.size(); ++o) follower.follow(run->outputs[o], outputs[o]);
  if (node.op.is<Split>()) unite_equal_parts(graph, node, outputs, labels);
  return true;
}

}  // namespace mirim
