#include "mirim/passes/expand_activations.hpp"

#include "mirim/ops/cast.hpp"
#include "mirim/ops/compare.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/elementwise_unary.hpp"
#include "mirim/passes/weighted.hpp"

namespace mirim {
namespace {

/// Collects the nodes of one expanded activation.
class Expansion {
 public:
  Expansion(Graph& graph, std::vector<Node>& nodes, const Node& node)
      : graph_(graph), nodes_(nodes), node_(node), name_(graph[node.outputs[0]].name) {}

  ValueId x() const { return node_.inputs[0]; }

  ValueId number(float value) { return add_constant(graph_, part("constant"), {1}, {value}); }

  /// An intermediate node: its own value, named after the activation.
  ValueId make(Op op, std::vector<ValueId> inputs, const std::string& what) {
    Value value{.name = part(what), .type = op.infer(operands(graph_, inputs))[0]};
    const ValueId id = graph_.add(std::move(value));
    nodes_.push_back({std::move(op), std::move(inputs), {id}, part(what), {}});
    return id;
  }

  /// The last node, which makes the result.
  void finish(Op op, std::vector<ValueId> inputs) {
    nodes_.push_back({std::move(op), std::move(inputs), node_.outputs, node_.name, node_.extras});
  }

  /// max(x, 0) + log(1 + exp(-|x|)): exp never overflows, and the logarithm is of at least 1.
  ValueId softplus() { return make(Add{}, softplus_terms(), "softplus"); }
  std::vector<ValueId> softplus_terms() {
    const ValueId minus = make(Neg{}, {x()}, "negative");
    const ValueId below = make(Minimum{}, {x(), minus}, "below");
    const ValueId exponential = make(Exp{}, {below}, "exp");
    const ValueId sum = make(Add{}, {exponential, number(1)}, "sum");
    const ValueId logarithm = make(Log{}, {sum}, "log");
    return {make(Relu{}, {x()}, "relu"), logarithm};
  }

 private:
  std::string part(const std::string& what) const { return name_ + "/" + what; }

  Graph& graph_;
  std::vector<Node>& nodes_;
  const Node& node_;
  std::string name_;
};

bool expand(Graph& graph, std::vector<Node>& nodes, const Node& node) {
  Expansion e(graph, nodes, node);
  if (node.op.is<Step>()) {
    e.finish(Cast{.to = DType::float32}, {e.make(Greater{}, {e.x(), e.number(0)}, "positive")});
  } else if (node.op.is<Swish>()) {
    e.finish(Mul{}, {e.x(), e.make(Logistic{}, {e.x()}, "logistic")});
  } else if (node.op.is<Softplus>()) {
    e.finish(Add{}, e.softplus_terms());
  } else if (node.op.is<Softsign>()) {
    const ValueId size = e.make(Maximum{}, {e.x(), e.make(Neg{}, {e.x()}, "negative")}, "size");
    e.finish(Div{}, {e.x(), e.make(Add{}, {size, e.number(1)}, "divisor")});
  } else if (node.op.is<Mish>()) {
    e.finish(Mul{}, {e.x(), e.make(Tanh{}, {e.softplus()}, "tanh")});
  } else if (node.op.is<Selu>()) {
    // Klambauer et al., 2017: scale 1.0507, times alpha 1.6733 below zero.
    constexpr double kScale = 1.0507009873554805;
    constexpr double kAlpha = 1.6732632423543772;
    const ValueId above =
        e.make(Mul{}, {e.make(Relu{}, {e.x()}, "relu"), e.number(static_cast<float>(kScale))}, "above");
    const ValueId negative = e.make(Minimum{}, {e.x(), e.number(0)}, "negative");
    const ValueId elu = e.make(Elu{}, {negative}, "elu");
    e.finish(Add{}, {above, e.make(Mul{}, {elu, e.number(static_cast<float>(kScale * kAlpha))}, "below")});
  } else {
    return false;
  }
  return true;
}

}  // namespace

void expand_activations(Graph& graph) {
  std::vector<Node> nodes;
  for (const Node& node : graph.nodes) {
    if (node.outputs.size() != 1 || !expand(graph, nodes, node)) nodes.push_back(node);
  }
  graph.nodes = std::move(nodes);
}

}  // namespace mirim
