#include "mirim/passes/spell_for_integers.hpp"

#include <string>

#include "mirim/ops/batch_matmul.hpp"
#include "mirim/ops/cast.hpp"
#include "mirim/ops/compare.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/elementwise_unary.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/ops/reshape.hpp"
#include "mirim/ops/select_v2.hpp"
#include "mirim/passes/weighted.hpp"

namespace mirim {
namespace {

class Speller {
 public:
  explicit Speller(Graph& graph) : graph_(graph) {}

  void run() {
    std::vector<Node> old = std::move(graph_.nodes);
    graph_.nodes.clear();
    for (Node& node : old) {
      if (!spell(node)) graph_.nodes.push_back(std::move(node));
    }
  }

 private:
  const TensorType& type(ValueId id) const { return graph_[id].type; }
  bool is_float(ValueId id) const { return type(id).dtype == DType::float32; }

  /// A node whose result is the old one's.
  bool finish(const Node& old, Op op, std::vector<ValueId> inputs) {
    graph_.nodes.push_back(
        {.op = std::move(op), .inputs = std::move(inputs), .outputs = old.outputs, .name = old.name});
    return true;
  }
  ValueId number(const Node& node, float value, const std::string& what) {
    return add_constant(graph_, graph_[node.outputs[0]].name + "/" + what, {1}, {value});
  }

  bool spell(const Node& node) {
    if (node.outputs.size() != 1 || node.inputs.empty()) return false;
    if (node.op.is<FullyConnected>()) return spell_fully_connected(node);
    if (node.op.is<Select>() && type(node.inputs[0]).shape == type(node.inputs[1]).shape) {
      return finish(node, SelectV2{}, node.inputs);
    }
    const ValueId x = node.inputs[0], y = node.outputs[0];
    // With a constant of [1] a scalar would become a vector.
    if (node.inputs.size() != 1 || type(x).shape.rank() == 0) return false;
    if (node.op.is<Neg>() && is_float(x)) return finish(node, Mul{}, {x, number(node, -1, "minus_one")});
    if (node.op.is<Square>() && is_float(x)) return finish(node, Mul{}, {x, x});
    if (!node.op.is<Cast>()) return false;
    if (type(x).dtype == DType::boolean && is_float(y)) {
      return finish(node, SelectV2{}, {x, number(node, 1, "true"), number(node, 0, "false")});
    }
    if (is_float(x) && type(y).dtype == DType::boolean) return finish(node, NotEqual{}, {x, number(node, 0, "zero")});
    return false;
  }

  ValueId shape_constant(const Shape& shape, const std::string& name) {
    return add_indices(graph_, name + "/shape", {shape.begin(), shape.end()});
  }

  bool spell_fully_connected(const Node& node) {
    const auto& op = *node.op.as<FullyConnected>();
    const ValueId x = node.inputs[0], w = node.inputs[1];
    if (w == kNoValue || graph_[w].is_constant() || !is_float(x) || !is_float(w)) return false;
    const bool has_bias = node.inputs.size() > 2 && node.inputs[2] != kNoValue;
    if ((has_bias && !graph_[node.inputs[2]].is_constant()) || type(w).shape.elements() == 0) return false;
    const std::string name = graph_[node.outputs[0]].name;
    const std::int64_t depth = type(w).shape[1], rows = type(x).shape.elements() / depth;
    ValueId a = x;
    if (type(x).shape != Shape{rows, depth}) {
      a = graph_.add(Reshape{}, {x, shape_constant({rows, depth}, name + "/rows")}, name + "/rows");
    }
    ValueId result = graph_.add(BatchMatMul{.adj_y = true}, {a, w}, name + "/product");
    if (has_bias || op.activation != Activation::none) {
      const ValueId bias = has_bias ? node.inputs[2] : number(node, 0, "zero");
      result = graph_.add(Add{.activation = op.activation}, {result, bias}, name + "/sum");
    }
    const Shape shape = type(node.outputs[0]).shape;
    return finish(node, Reshape{}, {result, shape_constant(shape, name)});
  }

  Graph& graph_;
};

}  // namespace

void spell_for_integers(Graph& graph) { Speller(graph).run(); }

}  // namespace mirim
