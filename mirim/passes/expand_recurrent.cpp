#include "mirim/passes/expand_recurrent.hpp"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "mirim/graph/scopes.hpp"
#include "mirim/ops/compare.hpp"
#include "mirim/ops/dynamic_update_slice.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/elementwise_unary.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/ops/gather.hpp"
#include "mirim/ops/gru.hpp"
#include "mirim/ops/pack.hpp"
#include "mirim/ops/recurrent.hpp"
#include "mirim/ops/reshape.hpp"
#include "mirim/ops/resource_variable.hpp"
#include "mirim/ops/transpose.hpp"
#include "mirim/ops/unidirectional_sequence_rnn.hpp"
#include "mirim/passes/weighted.hpp"

namespace mirim {
namespace {

using namespace gru;
enum Gate { update, reset, candidate };

/// Appends the nodes of one layer's loop to the graph.
class Expansion {
 public:
  Expansion(Graph& graph, const Node& node) : graph_(graph), node_(node), layer_(*recurrent_operands(node.op)) {
    const Shape& x = graph[node.inputs[kInput]].type.shape;
    batches_ = x[layer_.time_major ? 1 : 0];
    steps_ = x[layer_.time_major ? 0 : 1];
    units_ = graph[operand(layer_.recurrent)].type.shape[0];
  }

  void run() {
    const ValueId sequence = layer_.time_major ? operand(kInput) : swapped(operand(kInput), "/steps");
    const ValueId zero = add_number("/zero", 0), one = add_number("/one", 1), steps = add_number("/count", steps_);
    const ValueId step = add_variable("/step", {DType::int32, {}});
    assign(step, zero);
    if (has(layer_.state)) {
      h_ = operand(layer_.state);
    } else {
      h_ = add_variable("/h", {DType::float32, {batches_, units_}});
      assign(h_, zeros("/first", {batches_, units_}));
    }
    const ValueId all =
        layer_.last_only ? kNoValue : add_variable("/outputs", {DType::float32, {steps_, batches_, units_}});
    if (all != kNoValue) assign(all, zeros("/none", {steps_, batches_, units_}));
    graph_.nodes.push_back({Loop{}, {}, {}, node_.name});
    graph_.nodes.push_back({LoopWhile{}, {add(Less{}, {step, steps}, "/more")}, {}, node_.name + "/condition"});
    const ValueId next = add_step(add(Gather{}, {sequence, step}, "/x"));
    if (all != kNoValue) {
      const ValueId at = add(Pack{.values_count = 3}, {step, zero, zero}, "/at");
      const ValueId row = reshaped(next, {1, static_cast<std::int32_t>(batches_), static_cast<std::int32_t>(units_)});
      assign(all, add(DynamicUpdateSlice{}, {all, row, at}, "/with"));
    }
    assign(step, add(Add{}, {step, one}, "/next_step"));
    assign(h_, next);
    graph_.nodes.push_back({LoopEnd{}, {}, {}, node_.name + "/end"});
    give(all == kNoValue ? h_ : all);
  }

 private:
  bool has(int i) const {
    return i < static_cast<int>(node_.inputs.size()) && node_.inputs[static_cast<std::size_t>(i)] != kNoValue;
  }
  ValueId operand(int i) const { return node_.inputs[static_cast<std::size_t>(i)]; }

  ValueId add(Op op, std::vector<ValueId> inputs, const std::string& suffix) {
    return graph_.add(std::move(op), std::move(inputs), node_.name + suffix);
  }
  ValueId add_number(const char* suffix, std::int64_t number) {
    return graph_.add(Value{.name = node_.name + suffix,
                            .type = {DType::int32, {}},
                            .constant = make_constant(std::vector<std::int32_t>{static_cast<std::int32_t>(number)})});
  }
  ValueId zeros(const char* suffix, const Shape& shape) {
    return add_constant(graph_, node_.name + suffix, shape,
                        std::vector<float>(static_cast<std::size_t>(shape.elements()), 0));
  }
  ValueId add_variable(const char* suffix, TensorType type) {
    return graph_.add(Value{.name = node_.name + suffix, .type = std::move(type), .variable = true});
  }
  void assign(ValueId variable, ValueId value) {
    graph_.nodes.push_back({AssignVariable{}, {variable, value}, {}, graph_[variable].name});
  }
  ValueId swapped(ValueId x, const char* suffix) {
    return add(Transpose{}, {x, add_indices(graph_, node_.name + suffix + "/axes", {1, 0, 2})}, suffix);
  }
  ValueId reshaped(ValueId x, const std::vector<std::int32_t>& shape) {
    return add(Reshape{.new_shape = shape}, {x, add_indices(graph_, node_.name + "/row/shape", shape)}, "/row");
  }

  ValueId dense(ValueId x, int weights, ValueId bias, const std::string& suffix) {
    std::vector<ValueId> inputs{x, operand(weights)};
    if (bias != kNoValue) inputs.push_back(bias);
    return add(FullyConnected{}, std::move(inputs), suffix);
  }

  // The next output, from the step x.
  ValueId add_step(ValueId x) {
    if (const auto* rnn = node_.op.as<UnidirectionalSequenceRnn>()) return add_simple_step(x, rnn->activation);
    return add_gru_step(x, node_.op.as<Gru>()->reset_after);
  }

  ValueId add_simple_step(ValueId x, Activation activation) {
    const ValueId of_x = dense(x, rnn::kWeights, operand(rnn::kBias), "/of_x"),
                  of_h = dense(h_, rnn::kRecurrent, kNoValue, "/of_h");
    if (activation != Activation::tanh) return add(Add{.activation = activation}, {of_x, of_h}, "/next");
    return add(Tanh{}, {add(Add{}, {of_x, of_h}, "/sum")}, "/next");
  }

  ValueId add_gru_step(ValueId x, bool reset_after) {
    constexpr std::array names{"/update", "/reset", "/candidate"};
    const auto of_x = [&](Gate g) {
      return dense(x, kWeights + g, operand(kBias + g), names[g] + std::string("/of_x"));
    };
    const auto of_h = [&](Gate g, ValueId h, ValueId bias) {
      return dense(h, kRecurrent + g, bias, names[g] + std::string("/of_h"));
    };
    const auto gate = [&](Gate g) {
      const ValueId sum = add(Add{}, {of_x(g), of_h(g, h_, kNoValue)}, names[g] + std::string("/sum"));
      return add(Logistic{}, {sum}, names[g]);
    };
    const ValueId z = gate(update), r = gate(reset);
    ValueId inner = kNoValue;
    if (reset_after) {
      const ValueId product = of_h(candidate, h_, has(kRecurrentBias) ? operand(kRecurrentBias) : kNoValue);
      inner = add(Mul{}, {r, product}, "/gated");
    } else {
      inner = of_h(candidate, add(Mul{}, {r, h_}, "/gated"), kNoValue);
    }
    const ValueId n = add(Tanh{}, {add(Add{}, {of_x(candidate), inner}, "/candidate/sum")}, "/candidate");
    const ValueId one = add_constant(graph_, node_.name + "/whole", {}, {1});
    const ValueId kept = add(Mul{}, {z, h_}, "/kept"), rest = add(Sub{}, {one, z}, "/rest");
    return add(Add{}, {kept, add(Mul{}, {rest, n}, "/new")}, "/next");
  }

  // Makes the layer's output of a variable.
  void give(ValueId from) {
    const ValueId output = node_.outputs[0];
    if (layer_.last_only || layer_.time_major) {
      graph_.nodes.push_back({ReadVariable{}, {from}, {output}, node_.name + "/output"});
      return;
    }
    const ValueId axes = add_indices(graph_, node_.name + "/output/axes", {1, 0, 2});
    graph_.nodes.push_back({Transpose{}, {from, axes}, {output}, node_.name + "/output"});
  }

  Graph& graph_;
  const Node node_;
  const RecurrentOperands layer_;
  std::int64_t batches_ = 0, steps_ = 0, units_ = 0;
  ValueId h_ = kNoValue;
};

template <class Layer>
void expand(Graph& graph) {
  std::vector<Node> nodes = std::exchange(graph.nodes, {});
  for (Node& node : nodes) {
    if (node.op.is<Layer>()) {
      Expansion(graph, node).run();
    } else {
      graph.nodes.push_back(std::move(node));
    }
  }
}

}  // namespace

void expand_gru(Graph& graph) { expand<Gru>(graph); }
void expand_rnn(Graph& graph) { expand<UnidirectionalSequenceRnn>(graph); }

}  // namespace mirim
