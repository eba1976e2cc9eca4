#include "mirim/passes/propagate_labels.hpp"

#include <array>

#include "mirim/base/error.hpp"
#include "mirim/base/text.hpp"
#include "mirim/graph/blocks.hpp"
#include "mirim/graph/known_values.hpp"
#include "mirim/graph/layer_name.hpp"
#include "mirim/ops/batch_matmul.hpp"
#include "mirim/ops/conv2d.hpp"
#include "mirim/ops/cumsum.hpp"
#include "mirim/ops/densify.hpp"
#include "mirim/ops/depthwise_conv2d.hpp"
#include "mirim/ops/dropout.hpp"
#include "mirim/ops/fill.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/ops/l2_normalization.hpp"
#include "mirim/ops/recurrent.hpp"
#include "mirim/ops/reshape.hpp"
#include "mirim/ops/resize.hpp"
#include "mirim/ops/select_v2.hpp"
#include "mirim/ops/svdf.hpp"
#include "mirim/ops/transpose_conv.hpp"
#include "mirim/ops/unidirectional_sequence_lstm.hpp"
#include "mirim/passes/follow_moves.hpp"

namespace mirim {
namespace {

using Kind = OperandRole::Kind;

/// One node with the labels of its operands.
struct Step {
  const Graph& graph;
  int index;
  const Node& node;
  ChannelLabels& labels;
  const std::vector<char>& made_of_constants;  ///< by value: constants and what nodes make of them alone
  std::vector<Producer>& producers;

  int inputs() const { return static_cast<int>(node.inputs.size()); }
  ValueId id(int i) const { return node.inputs[static_cast<std::size_t>(i)]; }
  bool has(int i) const { return i < inputs() && id(i) != kNoValue; }
  const Shape& shape(int i) const { return graph[id(i)].type.shape; }
  const Shape& out_shape() const { return graph[node.outputs[0]].type.shape; }
  AxisLabels in(int i, int axis) const { return labels.axis(id(i), axis); }
  AxisLabels out(int axis) const { return labels.axis(node.outputs[0], axis); }
  AxisLabels last_out() const { return out(out_shape().rank() - 1); }
  Kind role(int i) const { return node.op.role(static_cast<std::size_t>(i)).kind; }

  std::string name() const { return name_for_reason(graph, node); }
};

void fix_all(const Step& s, const std::string& reason) {
  for (const auto* ids : {&s.node.inputs, &s.node.outputs}) {
    for (const ValueId id : *ids) {
      const int rank = id == kNoValue ? 0 : s.graph[id].type.shape.rank();
      for (int axis = 0; axis < rank; ++axis) s.labels.fix(s.labels.axis(id, axis), reason);
    }
  }
}

void not_understood(const Step& s) {
  fix_all(s, needs_types_only(s.node.op) ? fmt::format("{} asks how many there are (fold constants first)", s.name())
                                         : fmt::format("what {} does with them is not understood", s.name()));
}

/// The axes [begin, end) of input i and of the output are positions, along which windows slide.
void fix_positions(const Step& s, int i, int begin, int end) {
  for (int axis = begin; axis < end; ++axis) {
    const std::string reason = fmt::format("{} slides along them", s.name());
    s.labels.fix(s.in(i, axis), reason);
    s.labels.fix(s.out(axis), reason);
  }
}

/// An operand with a number for each of the channels, in whatever shape.
void unite_vector(const Step& s, int i, AxisLabels channels) {
  if (!s.has(i)) return;
  for (int axis = 0; axis < s.shape(i).rank(); ++axis) {
    if (s.shape(i)[axis] == channels.size) return s.labels.unite(s.in(i, axis), channels);
  }
  s.labels.fix(channels, fmt::format("{} has operands of odd shapes", s.name()));
}

/// Weights that another layer computes are no neurons of this one.
void produce(const Step& s, int weights, int axis) {
  const ValueId id = s.id(weights);
  if (s.made_of_constants[static_cast<std::size_t>(id)]) s.producers.push_back({s.index, id, axis});
}

/// Output c * m + k is made of input c alone. Where the inputs must stay, the k-th outputs of all inputs go together
/// and m shrinks.
void outputs_follow_inputs(const Step& s, AxisLabels x, AxisLabels y) {
  const int m = y.size / x.size;
  const bool stays = s.labels.is_fixed(x);
  for (int o = 0; o < y.size; ++o) s.labels.unite(y[o], stays ? y[o % m] : x[o / m]);
}

/// CONV_2D's input channels, x, and its outputs, y. Groups stay equal: what is removed of one is removed of each. A
/// group of one input is removed as a whole.
void unite_groups(const Step& s, AxisLabels x, AxisLabels weights, AxisLabels y) {
  const int groups = x.size / weights.size;
  if (groups > 1 && weights.size == 1) return outputs_follow_inputs(s, x, y);
  for (int c = 0; c < x.size; ++c) s.labels.unite(x[c], weights[c % weights.size]);
  for (int o = 0; groups > 1 && o < y.size; ++o) s.labels.unite(y[o], y[o % (y.size / groups)]);
}

/// FULLY_CONNECTED reads x, whatever its shape, as [rows, inputs].
void unite_rows(const Step& s, int x, AxisLabels inputs) {
  if (s.shape(x).rank() == 2 && s.shape(x)[1] == inputs.size) {
    s.labels.unite(s.in(x, 0), s.out(0));
    return s.labels.unite(s.in(x, 1), inputs);
  }
  const std::int64_t rows = s.shape(x).elements() / inputs.size;
  Node reshape{.op = Reshape{.new_shape = {static_cast<std::int32_t>(rows), inputs.size}}, .inputs = {s.id(x)}};
  reshape.name = short_layer_name(s.graph, s.node);
  const std::vector<AxisLabels> read{s.labels.new_axis(rows), inputs};
  if (!follow_moves(s.graph, reshape, {read}, s.labels)) return not_understood(s);
  if (s.out_shape().rank() == 2) return s.labels.unite(read[0], s.out(0));
  for (int axis = 0; axis + 1 < s.out_shape().rank(); ++axis) s.labels.unite(s.in(x, axis), s.out(axis));
}

bool is_layer(const Op& op) {
  return op.is<Conv2d>() || op.is<DepthwiseConv2d>() || op.is<FullyConnected>() || op.is<TransposeConv>();
}

/// y = bias + weights * x, with the outputs along the weights' axis that their role names.
void propagate_layer(const Step& s) {
  int x = -1, weights = -1;
  const AxisLabels y = s.last_out();
  for (int i = 0; i < s.inputs(); ++i) {
    if (s.role(i) == Kind::activation) x = i;
    if (s.role(i) == Kind::weights) weights = i;
    if (s.role(i) == Kind::bias) unite_vector(s, i, y);
  }
  const int output_axis = s.node.op.role(static_cast<std::size_t>(weights)).axis;
  s.labels.unite(s.in(weights, output_axis), y);
  produce(s, weights, output_axis);
  if (s.node.op.is<FullyConnected>()) return unite_rows(s, x, s.in(weights, 1));

  s.labels.unite(s.in(x, 0), s.out(0));
  fix_positions(s, x, 1, 3);
  if (s.node.op.is<DepthwiseConv2d>()) return outputs_follow_inputs(s, s.in(x, 3), y);
  unite_groups(s, s.in(x, 3), s.in(weights, 3), y);
}

bool is_recurrent(const Op& op) { return recurrent_operands(op).has_value(); }

/// A unit is a row of each W, a row and a column of each R, an element of each bias and of the state.
void propagate_recurrent(const Step& s) {
  if (s.node.op.is<UnidirectionalSequenceLstm>()) {
    for (int extra = lstm::kProjection; extra < lstm::kOperands; ++extra) {
      const bool is_state = extra == lstm::kState || extra == lstm::kCell;
      if (s.has(extra) && !is_state) return not_understood(s);  // a projection, layer normalisation
    }
  }
  const RecurrentOperands of = *recurrent_operands(s.node.op);
  const AxisLabels units = s.out(of.last_only ? 1 : 2);
  if (of.last_only) {
    s.labels.unite(s.in(0, of.time_major ? 1 : 0), s.out(0));
  } else {
    for (int axis = 0; axis < 2; ++axis) s.labels.unite(s.in(0, axis), s.out(axis));
  }
  for (int w = of.weights; w < of.vectors; ++w) {
    if (!s.has(w)) continue;
    s.labels.unite(s.in(w, 0), units);
    s.labels.unite(s.in(w, 1), w < of.recurrent ? s.in(0, 2) : units);
    produce(s, w, 0);
  }
  for (int i = of.vectors; i < of.vectors_end; ++i) unite_vector(s, i, units);  // peepholes and biases
  for (int state = of.state; state < of.state_end; ++state) {
    if (s.has(state)) s.labels.unite(s.in(state, 1), units);
  }
}

bool is_svdf(const Op& op) { return op.is<Svdf>(); }

/// A unit is `rank` rows of feature and time, and what these have in the state.
void propagate_svdf(const Step& s) {
  const AxisLabels units = s.out(1), filters = s.in(1, 0), memory = s.in(4, 1);
  const int rank = filters.size / units.size;
  const int past = memory.size / filters.size;
  s.labels.unite(s.in(0, 0), s.out(0));
  s.labels.unite(s.in(0, 1), s.in(1, 1));
  for (int f = 0; f < filters.size; ++f) s.labels.unite(filters[f], units[f / rank]);
  s.labels.unite(s.in(2, 0), filters);
  s.labels.fix(s.in(2, 1), fmt::format("{} remembers them", s.name()));
  for (int e = 0; e < memory.size; ++e) s.labels.unite(memory[e], filters[e / past]);
  unite_vector(s, 3, units);
  produce(s, 1, 0);
  produce(s, 2, 0);
}

bool broadcasts(const Op& op) {
  // BATCH_NORM's statistics stand along the last axis, as an operand that broadcasts does.
  return op.elementwise() || op.role(1).kind == Kind::scale || op.is<Dropout>() || op.is<Densify>() ||
         op.is<ZerosLike>();
}

/// y = f(a, b, ...) on every element; an axis of size 1 broadcasts.
void propagate_broadcast(const Step& s) {
  const int rank = s.out_shape().rank();
  for (int i = 0; i < s.inputs(); ++i) {
    if (!s.has(i) || s.role(i) == Kind::table) continue;
    const int front = rank - s.shape(i).rank();
    // SELECT's condition may stand for the first axis.
    if (front < 0 || (front > 0 && s.node.op.is<Select>())) return not_understood(s);
    for (int axis = 0; axis < s.shape(i).rank(); ++axis) {
      if (s.shape(i)[axis] == s.out_shape()[front + axis]) s.labels.unite(s.in(i, axis), s.out(front + axis));
    }
  }
}

bool has_windows(const Op& op) {
  const bool pools = op.kind() == OperatorKind::pool && op.role(1).kind != Kind::index;
  return pools || op.is<ResizeBilinear>() || op.is<ResizeNearestNeighbor>();
}

/// [N,H,W,C], each channel for itself.
void propagate_windows(const Step& s) {
  s.labels.unite(s.in(0, 0), s.out(0));
  fix_positions(s, 0, 1, 3);
  s.labels.unite(s.in(0, 3), s.out(3));
}

/// The constant integers of input i as axes of input x; empty where they are no constant.
std::vector<char> named_axes(const Step& s, int i, int x) {
  const Value& axes = s.graph[s.id(i)];
  const int rank = s.shape(x).rank();
  std::vector<char> named;
  if (!axes.is_constant() || (axes.type.dtype != DType::int32 && axes.type.dtype != DType::int64)) return named;
  named.resize(static_cast<std::size_t>(rank), 0);
  const auto mark = [&](std::int64_t axis) { named[static_cast<std::size_t>(normalize_axis(axis, rank))] = 1; };
  if (axes.type.dtype == DType::int32) {
    for (const std::int32_t axis : axes.values<std::int32_t>()) mark(axis);
  } else {
    for (const std::int64_t axis : axes.values<std::int64_t>()) mark(axis);
  }
  return named;
}

/// `named` axes of x are summed up, looked through, normalised along: every index of them counts. The others pass.
void propagate_along(const Step& s, const std::vector<char>& named) {
  if (named.empty()) return not_understood(s);
  const int rank = s.shape(0).rank();
  const bool keeps = s.out_shape().rank() == rank;
  int to = 0;
  for (int axis = 0; axis < rank; ++axis) {
    const bool counts = named[static_cast<std::size_t>(axis)] != 0;
    if (counts) s.labels.fix(s.in(0, axis), fmt::format("{} runs along them", s.name()));
    if (counts && keeps) s.labels.fix(s.out(to), fmt::format("{} runs along them", s.name()));
    if (!counts) s.labels.unite(s.in(0, axis), s.out(to));
    to += !counts || keeps ? 1 : 0;
  }
}

bool names_axes(const Op& op) {
  return (op.kind() == OperatorKind::pool && op.role(1).kind == Kind::index) || op.is<Cumsum>();
}

void propagate_along_named(const Step& s) { propagate_along(s, named_axes(s, 1, 0)); }

bool runs_along_last(const Op& op) {
  const bool softmax = op.kind() == OperatorKind::activation && !op.elementwise();
  return softmax || op.is<L2Normalization>();
}

void propagate_along_last(const Step& s) {
  std::vector<char> named(static_cast<std::size_t>(s.shape(0).rank()), 0);
  if (!named.empty()) named.back() = 1;
  propagate_along(s, named);
}

bool is_product(const Op& op) { return op.is<BatchMatMul>(); }

/// y[.., r, c] = sum over d of a[.., r, d] * b[.., d, c]
void propagate_product(const Step& s) {
  const auto& op = *s.node.op.as<BatchMatMul>();
  const int a = s.shape(0).rank(), b = s.shape(1).rank(), y = s.out_shape().rank();
  s.labels.unite(s.in(0, op.adj_x ? a - 1 : a - 2), s.out(y - 2));
  s.labels.unite(s.in(1, op.adj_y ? b - 2 : b - 1), s.out(y - 1));
  s.labels.unite(s.in(0, op.adj_x ? a - 2 : a - 1), s.in(1, op.adj_y ? b - 1 : b - 2));
  for (int i = 0; i < 2; ++i) {
    const int front = y - s.shape(i).rank();
    for (int axis = 0; axis + 2 < s.shape(i).rank(); ++axis) {
      if (s.shape(i)[axis] == s.out_shape()[front + axis]) s.labels.unite(s.in(i, axis), s.out(front + axis));
    }
  }
}

bool moves(const Op& op) { return op.kind() == OperatorKind::move && !needs_types_only(op); }

void propagate_moves(const Step& s) {
  std::vector<std::vector<AxisLabels>> outputs;
  for (const ValueId id : s.node.outputs) {
    std::vector<AxisLabels> axes;
    const int rank = id == kNoValue ? 0 : s.graph[id].type.shape.rank();
    for (int axis = 0; axis < rank; ++axis) axes.push_back(s.labels.axis(id, axis));
    outputs.push_back(std::move(axes));
  }
  if (!follow_moves(s.graph, s.node, outputs, s.labels)) not_understood(s);
}

struct Rule {
  bool (*covers)(const Op& op);
  void (*propagate)(const Step& step);
};

/// The first that covers the operator is taken.
constexpr std::array kRules{
    Rule{is_layer, propagate_layer},
    Rule{is_recurrent, propagate_recurrent},
    Rule{is_svdf, propagate_svdf},
    Rule{broadcasts, propagate_broadcast},
    Rule{has_windows, propagate_windows},
    Rule{names_axes, propagate_along_named},
    Rule{runs_along_last, propagate_along_last},
    Rule{is_product, propagate_product},
    Rule{moves, propagate_moves},
    Rule{[](const Op&) { return true; }, not_understood},
};

/// Whether the shapes of all that the node reads and makes are known and hold elements.
bool has_known_shapes(const Graph& graph, const Node& node) {
  for (const auto* ids : {&node.inputs, &node.outputs}) {
    for (const ValueId id : *ids) {
      if (id != kNoValue && (!shape_is_known(graph[id]) || graph[id].type.shape.elements() == 0)) return false;
    }
  }
  return !node.outputs.empty() && node.outputs[0] != kNoValue;
}

/// Marks the outputs of a node that reads nothing but constants.
void mark_made(const Graph& graph, const Node& node, std::vector<char>& made_of_constants) {
  for (const ValueId id : node.inputs) {
    if (id != kNoValue && (graph[id].variable || !made_of_constants[static_cast<std::size_t>(id)])) return;
  }
  for (const ValueId id : node.outputs) {
    if (id != kNoValue) made_of_constants[static_cast<std::size_t>(id)] = 1;
  }
}

void fix_value(const Graph& graph, ChannelLabels& labels, ValueId id, const std::string& reason) {
  for (int axis = 0; axis < graph[id].type.shape.rank(); ++axis) labels.fix(labels.axis(id, axis), reason);
}

}  // namespace

std::vector<Producer> propagate_labels(const Graph& graph, ChannelLabels& labels) {
  std::vector<Producer> producers;
  std::vector<char> made_of_constants;
  for (const Value& value : graph.values) made_of_constants.push_back(value.is_constant() ? 1 : 0);
  for (const ValueId id : graph.inputs) {
    fix_value(graph, labels, id, fmt::format("'{}' is an input of the model", shortened(graph[id].name)));
  }
  for (std::size_t v = 0; v < graph.values.size(); ++v) {
    const auto id = static_cast<ValueId>(v);
    if (!is_in_blocks(graph[id].quantization)) continue;
    const std::string reason = fmt::format("'{}' is quantized in blocks of them", shortened(graph[id].name));
    for (int axis = 1; axis < graph[id].type.shape.rank(); ++axis) labels.fix(labels.axis(id, axis), reason);
  }
  for (const ValueId id : graph.outputs) {
    fix_value(graph, labels, id, fmt::format("'{}' is an output of the model", shortened(graph[id].name)));
  }
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    mark_made(graph, node, made_of_constants);
    const Step step{graph, static_cast<int>(n), node, labels, made_of_constants, producers};
    if (!has_known_shapes(graph, node)) {
      not_understood(step);
      continue;
    }
    for (const Rule& rule : kRules) {
      if (!rule.covers(node.op)) continue;
      rule.propagate(step);
      break;
    }
  }
  return producers;
}

}  // namespace mirim
