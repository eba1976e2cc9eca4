#include "mirim/passes/learn_on_device.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "mirim/base/error.hpp"
#include "mirim/base/source_options.hpp"
#include "mirim/graph/meaning.hpp"
#include "mirim/graph/scopes.hpp"
#include "mirim/ops/cast.hpp"
#include "mirim/ops/compare.hpp"
#include "mirim/ops/concatenation.hpp"
#include "mirim/ops/dequantize.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/elementwise_unary.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/ops/one_hot.hpp"
#include "mirim/ops/quantize.hpp"
#include "mirim/ops/rank_one_update.hpp"
#include "mirim/ops/reduce.hpp"
#include "mirim/ops/reshape.hpp"
#include "mirim/ops/resource_variable.hpp"
#include "mirim/ops/softmax.hpp"
#include "mirim/passes/chain_learner.hpp"
#include "mirim/passes/hebb_learner.hpp"
#include "mirim/passes/learning_graph.hpp"
#include "mirim/passes/map_learner.hpp"

namespace mirim {
namespace {

class LayerLearner : LearningGraph {
 public:
  LayerLearner(Graph& graph, const LearnOnDevice& how) : LearningGraph(graph), how_(how) {}

  void make() {
    find_last_layer();
    graph_.nodes.erase(graph_.nodes.begin() + layer_, graph_.nodes.end());
    add_inputs();
    const ValueId answer = add_answer();
    only_when_learning([&] { add_learning(answer); });
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    fail_unsupported("a model learns on the device by its last FULLY_CONNECTED layer; {}", why);
  }

  /// The nodes from the layer to the output, which read nothing else that is computed.
  void find_last_layer() {
    if (graph_.inputs.size() != 1 || graph_.outputs.size() != 1) {
      refuse(fmt::format("this one has {} inputs and {} outputs", graph_.inputs.size(), graph_.outputs.size()));
    }
    const std::vector<int> made_by = producers(graph_);
    ValueId at = graph_.outputs[0];
    for (;;) {
      const int n = made_by[static_cast<std::size_t>(at)];
      if (n < 0) refuse("this one has none");
      const Node& node = graph_.nodes[static_cast<std::size_t>(n)];
      if (node.op.is<FullyConnected>()) {
        layer_ = n;
        break;
      }
      if (!passes(node)) refuse(fmt::format("behind it is {}", describe(graph_, n)));
      tail_.insert(tail_.begin(), node);
      at = node.inputs[0];
    }
    for (std::size_t i = 0; i < tail_.size(); ++i) {
      if (tail_[i].op.is<Relu>() && !is_step(i)) refuse("behind it is RELU");
    }
    const Node& layer = graph_.nodes[static_cast<std::size_t>(layer_)];
    if (!graph_[layer.inputs[1]].is_constant()) refuse(describe(graph_, layer_) + " computes its weights");
    if (layer.op.as<FullyConnected>()->activation != Activation::none) {
      refuse(fmt::format("{} has an activation", describe(graph_, layer_)));
    }
    const std::ptrdiff_t behind = std::ssize(graph_.nodes) - layer_ - 1;
    if (behind != std::ssize(tail_)) refuse("its answer is not all that is computed behind it");
    operands_ = layer.inputs;
    layer_name_ = layer.name.empty() ? graph_[layer.outputs[0]].name : layer.name;
    const Shape& weights = graph_[layer.inputs[1]].type.shape;
    outputs_ = weights[0];
    features_ = weights[1];
    if (graph_[layer.inputs[0]].type.shape.elements() != features_) refuse("it sees several rows at once");
  }

  /// What may stand behind the layer: one operand computed, the others constants.
  bool passes(const Node& node) const {
    const bool known = node.op.is<Softmax>() || node.op.is<Logistic>() || node.op.is<Greater>() || node.op.is<Cast>() ||
                       node.op.is<Relu>() || node.op.is<Mul>() || node.op.is<Add>() || node.op.is<Quantize>() ||
                       node.op.is<Dequantize>() || node.op.is<Reshape>();
    if (!known || node.inputs.empty() || node.inputs[0] == kNoValue) return false;
    return std::ranges::all_of(node.inputs.begin() + 1, node.inputs.end(),
                               [&](ValueId id) { return id == kNoValue || graph_[id].is_constant(); });
  }

  bool has_classes() const {
    const bool softmax = std::ranges::any_of(tail_, [](const Node& node) { return node.op.is<Softmax>(); });
    return outputs_ > 1 && (softmax || !labels_of(graph_[graph_.outputs[0]]).empty());
  }

  void add_inputs() {
    const ValueId target =
        has_classes() ? add_value("target", {DType::int32, {1}}) : add_value("target", {DType::float32, {1, outputs_}});
    if (!has_classes()) set_scaling(graph_[target], scaling_of(graph_[graph_.outputs[0]]));
    add_learning_inputs(target);
  }

  /// The layer in floats, with its bias as the weight of a feature that is always 1; and what is behind it.
  ValueId add_answer() {
    const ValueId x = real_row(operands_[0], layer_name_);
    x_ = graph_.add(Concatenation{.axis = 1}, {x, numbers(layer_name_ + "/one", {1, 1}, {1})}, layer_name_ + "/and_1");

    const std::vector<float> weights = reals(graph_[operands_[1]]);
    const bool biased = operands_.size() > 2 && operands_[2] != kNoValue;
    const std::vector<float> bias =
        biased ? reals(graph_[operands_[2]]) : std::vector<float>(static_cast<std::size_t>(outputs_));
    std::vector<float> all;
    for (std::int64_t o = 0; o < outputs_; ++o) {
      const auto row = weights.begin() + o * features_;
      all.insert(all.end(), row, row + features_);
      all.push_back(bias[static_cast<std::size_t>(o)]);
    }
    learnt_ = variable(layer_name_ + "/learnt", {outputs_, features_ + 1}, all);
    ValueId y = graph_.add(FullyConnected{}, {x_, learnt_}, layer_name_ + "/sum");
    for (std::size_t i = 0; i < tail_.size(); ++i) y = add_tail(i, y);
    answer_as(graph_.outputs[0], y, layer_name_);
    return y;
  }

  /// An operator behind the layer, in floats.
  ValueId add_tail(std::size_t i, ValueId y) {
    const Node& node = tail_[i];
    const std::string name = fmt::format("{}/behind_{}", layer_name_, i);
    const Op& op = node.op;
    if (op.is<Quantize>() || op.is<Dequantize>() || op.is<Cast>() || op.is<Reshape>()) return y;
    if (is_step(i) || op.is<Greater>()) {
      const ValueId zero = is_step(i) ? number(name + "/zero", 0) : numbers_of(node.inputs[1], name + "/bound");
      return graph_.add(Cast{.to = DType::float32}, {graph_.add(Greater{}, {y, zero}, name + "/above")}, name);
    }
    if (i > 0 && is_step(i - 1)) return y;
    std::vector<ValueId> inputs{y};
    for (std::size_t k = 1; k < node.inputs.size(); ++k) {
      inputs.push_back(numbers_of(node.inputs[k], fmt::format("{}/constant_{}", name, k)));
    }
    if (op.is<Mul>()) scales_.push_back(inputs[1]);
    return graph_.add(op, inputs, name);
  }

  /// Whether an integer step unit begins here (mirim/passes/integer_form.cpp): RELU, then so steep that it saturates.
  bool is_step(std::size_t i) const {
    if (!tail_[i].op.is<Relu>() || i + 1 == tail_.size() || !tail_[i + 1].op.is<Mul>()) return false;
    const Value& answer = graph_[tail_[i + 1].outputs[0]];
    return answer.type.dtype == DType::int8 && answer.quantization.scale == std::vector<float>{1.0F / 255};
  }

  ValueId numbers_of(ValueId constant, const std::string& name) {
    return numbers(name, graph_[constant].type.shape, reals(graph_[constant]));
  }

  void add_learning(ValueId answer) {
    const std::string name = layer_name_ + "/learn";
    ValueId target = graph_.inputs[kLearnTarget];
    if (has_classes()) {
      const ValueId depth = indices(name + "/classes", {}, {static_cast<std::int32_t>(outputs_)});
      target = graph_.add(OneHot{}, {target, depth, numbers(name + "/on", {}, {1}), numbers(name + "/off", {}, {0})},
                          name + "/wanted");
    }
    ValueId error = graph_.add(Sub{}, {target, answer}, name + "/error");
    for (const ValueId scale : scales_) error = graph_.add(Div{}, {error, scale}, name + "/unscaled");
    if (how_.rule == LearnOnDevice::Rule::gradient) {
      const ValueId step = graph_.add(Mul{}, {error, number(name + "/rate", how_.rate)}, name + "/step");
      graph_.nodes.push_back({RankOneUpdate{}, {learnt_, step, x_}, {}, name + "/weights"});
      return;
    }
    // The inverse of the samples' second moments, P. k = P x / (forget + x' P x); w += error k'; P -= k (P x)'. What is
    // kept is P without the diagonal that it has at first, b I, so that no matrix of it stands in flash.
    const std::int64_t size = features_ + 1;
    const ValueId inverse = add_value(name + "/inverse", {DType::float32, {size, size}}, {}, true);
    const std::vector<float> first{1 / how_.penalty};
    const ValueId diagonal =
        how_.forget < 1 ? variable(name + "/diagonal", {1, 1}, first) : numbers(name + "/diagonal", {1, 1}, first);
    const ValueId diagonal_now =
        how_.forget < 1 ? graph_.add(ReadVariable{}, {diagonal}, name + "/diagonal_now") : diagonal;
    const ValueId px = graph_.add(Add{},
                                  {graph_.add(FullyConnected{}, {x_, inverse}, name + "/px_learnt"),
                                   graph_.add(Mul{}, {x_, diagonal_now}, name + "/px_at_first")},
                                  name + "/px");
    const ValueId xpx = graph_.add(FullyConnected{}, {x_, px}, name + "/xpx");
    const ValueId gain =
        graph_.add(Div{}, {px, graph_.add(Add{}, {xpx, number(name + "/forget", how_.forget)}, name + "/surprise")},
                   name + "/gain");
    graph_.nodes.push_back({RankOneUpdate{}, {learnt_, error, gain}, {}, name + "/weights"});
    const ValueId back = graph_.add(Mul{}, {gain, number(name + "/minus", -1)}, name + "/minus_gain");
    graph_.nodes.push_back({RankOneUpdate{}, {inverse, back, px}, {}, name + "/moments"});
    if (how_.forget < 1) {
      const ValueId growth = number(name + "/growth", 1 / how_.forget);
      const ValueId grown = graph_.add(Mul{}, {inverse, growth}, name + "/inverse_grown");
      graph_.nodes.push_back({AssignVariable{}, {inverse, grown}, {}, name + "/inverse_next"});
      const ValueId wider = graph_.add(Mul{}, {diagonal_now, growth}, name + "/diagonal_grown");
      graph_.nodes.push_back({AssignVariable{}, {diagonal, wider}, {}, name + "/diagonal_next"});
    }
  }

  const LearnOnDevice& how_;
  int layer_ = -1;
  std::vector<ValueId> operands_{};  // of the layer
  std::string layer_name_{};
  std::vector<Node> tail_{};       // behind the layer, in order
  std::vector<ValueId> scales_{};  // constants by which the tail multiplies
  std::int64_t outputs_ = 0, features_ = 0;
  ValueId x_ = kNoValue, learnt_ = kNoValue;
};

}  // namespace

LearnOnDevice parse_learn_on_device(std::string_view text) {
  using Rule = LearnOnDevice::Rule;
  struct Known {
    std::string_view name;
    Rule rule;
    std::vector<std::string> keys;
  };
  const std::array<Known, 5> rules{
      Known{"gradient", Rule::gradient, {"rate"}},
      Known{"recursive", Rule::recursive, {"penalty", "forget"}},
      Known{"counting", Rule::counting, {"seen"}},
      Known{"hebbian", Rule::hebbian, {}},
      Known{"map", Rule::map, {"columns", "sigma", "rate", "neighbourhood"}},
  };
  std::vector<std::string> keys;
  for (const Known& known : rules) keys.insert(keys.end(), known.keys.begin(), known.keys.end());
  const SourceOptions given("--learn", text, keys);
  const auto chosen = std::ranges::find(rules, given.place(), &Known::name);
  if (chosen == rules.end()) {
    fail("--learn: there is no '{}'; there are gradient, recursive, counting, hebbian and map", given.place());
  }
  for (const std::string& key : keys) {
    if (given.has(key) && std::ranges::find(chosen->keys, key) == chosen->keys.end()) {
      fail("--learn: {} has no '{}'", given.place(), key);
    }
  }
  LearnOnDevice how{.rule = chosen->rule};
  const bool map = how.rule == Rule::map;
  const auto number = [&](std::string_view key, float otherwise, double least, double most) {
    return static_cast<float>(given.number(key, static_cast<double>(otherwise), least, most));
  };
  how.rate = number("rate", map ? 0.1F : how.rate, 1e-6, map ? 1 : 10);
  how.penalty = number("penalty", how.penalty, 1e-9, 1e9);
  how.forget = number("forget", how.forget, 0.5, 1);
  how.seen = number("seen", how.seen, 0, 1e9);
  how.columns = given.whole("columns", 0, 0, 1 << 20);
  how.sigma = number("sigma", how.sigma, 1e-3, 1e6);
  how.neighbourhood =
      in_context("--learn", [&] { return neighbourhood_named(given.text("neighbourhood", "gaussian")); });
  return how;
}

void learn_on_device(Graph& graph, const LearnOnDevice& how) {
  if (how.rule == LearnOnDevice::Rule::map) return learn_map_on_device(graph, how);
  if (how.rule == LearnOnDevice::Rule::counting) return learn_chain_on_device(graph, how);
  if (how.rule == LearnOnDevice::Rule::hebbian) return learn_patterns_on_device(graph);
  LayerLearner(graph, how).make();
}

}  // namespace mirim
