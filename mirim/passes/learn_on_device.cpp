#include "mirim/passes/learn_on_device.hpp"

#include <fmt/format.h>

#include <algorithm>
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

namespace mirim {
namespace {

template <class T>
std::vector<float> reals_of(const Value& value) {
  const auto numbers = value.values<T>();
  const Quantization& q = value.quantization;
  const std::size_t channel = q.scale.empty() ? 1 : numbers.size() / q.scale.size();  // of axis 0
  std::vector<float> reals;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const std::size_t c = q.scale.empty() ? 0 : i / std::max<std::size_t>(channel, 1);
    const float scale = q.scale.empty() ? 1.0F : q.scale[c];
    const std::int64_t zero = q.zero_point.empty() ? 0 : q.zero_point[std::min(c, q.zero_point.size() - 1)];
    reals.push_back(scale * static_cast<float>(static_cast<std::int64_t>(numbers[i]) - zero));
  }
  return reals;
}

std::vector<float> reals(const Value& value) {
  switch (value.type.dtype) {
    case DType::float32:
      return {value.values<float>().begin(), value.values<float>().end()};
    case DType::int8:
      return reals_of<std::int8_t>(value);
    case DType::uint8:
      return reals_of<std::uint8_t>(value);
    case DType::int16:
      return reals_of<std::int16_t>(value);
    case DType::int32:
      return reals_of<std::int32_t>(value);
    case DType::int64:
      return reals_of<std::int64_t>(value);
    default:
      fail_unsupported("'{}' is {}; learning takes weights of float32 and of whole bytes", value.name,
                       name(value.type.dtype));
  }
}

bool is_float(const Value& value) { return value.type.dtype == DType::float32; }

class Learner {
 public:
  Learner(Graph& graph, const LearnOnDevice& how) : graph_(graph), how_(how) {}

  void make() {
    find_last_layer();
    graph_.nodes.erase(graph_.nodes.begin() + layer_, graph_.nodes.end());
    add_inputs();
    const ValueId answer = add_answer();
    graph_.nodes.push_back({Branch{}, {flag_}, {}, "learn"});
    add_learning(answer);
    graph_.nodes.push_back({BranchElse{}, {}, {}, "learn/else"});
    graph_.nodes.push_back({BranchEnd{}, {}, {}, "learn/end"});
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

  ValueId add_value(const std::string& name, TensorType type, Bytes content = {}, bool variable = false) {
    Value value{.name = name, .type = std::move(type)};
    if (!content.empty()) value.constant = make_constant(std::move(content));
    value.variable = variable;
    return graph_.add(std::move(value));
  }

  ValueId numbers(const std::string& name, Shape shape, const std::vector<float>& values) {
    const BytesView bytes = bytes_of(values);
    return add_value(name, {DType::float32, std::move(shape)}, {bytes.begin(), bytes.end()});
  }
  ValueId number(const std::string& name, float value) { return numbers(name, {1}, {value}); }
  ValueId indices(const std::string& name, Shape shape, const std::vector<std::int32_t>& values) {
    const BytesView bytes = bytes_of(values);
    return add_value(name, {DType::int32, std::move(shape)}, {bytes.begin(), bytes.end()});
  }
  ValueId variable(const std::string& name, Shape shape, const std::vector<float>& values) {
    const BytesView bytes = bytes_of(values);
    return add_value(name, {DType::float32, std::move(shape)}, {bytes.begin(), bytes.end()}, true);
  }

  bool has_classes() const {
    const bool softmax = std::ranges::any_of(tail_, [](const Node& node) { return node.op.is<Softmax>(); });
    return outputs_ > 1 && (softmax || !labels_of(graph_[graph_.outputs[0]]).empty());
  }

  void add_inputs() {
    const ValueId target =
        has_classes() ? add_value("target", {DType::int32, {1}}) : add_value("target", {DType::float32, {1, outputs_}});
    if (!has_classes()) set_scaling(graph_[target], scaling_of(graph_[graph_.outputs[0]]));
    flag_ = add_value("learn", {DType::boolean, {1}});
    graph_.inputs.push_back(target);
    graph_.inputs.push_back(flag_);
  }

  /// The layer in floats, with its bias as the weight of a feature that is always 1; and what is behind it.
  ValueId add_answer() {
    ValueId x = operands_[0];
    if (!is_float(graph_[x])) x = graph_.add(Dequantize{}, {x}, layer_name_ + "/real");
    const std::vector<std::int32_t> flat{1, static_cast<std::int32_t>(features_)};
    if (graph_[x].type.shape != Shape{1, features_}) {
      x = graph_.add(Reshape{}, {x, indices(layer_name_ + "/flat", {2}, flat)}, layer_name_ + "/row");
    }
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
    const ValueId now = graph_.add(ReadVariable{}, {learnt_}, layer_name_ + "/weights_now");
    ValueId y = graph_.add(FullyConnected{}, {x_, now}, layer_name_ + "/sum");
    for (std::size_t i = 0; i < tail_.size(); ++i) y = add_tail(i, y);
    const ValueId output = graph_.outputs[0];
    if (is_float(graph_[output])) {
      graph_.nodes.push_back({Reshape{}, {y, shape_of(output)}, {output}, layer_name_ + "/answer"});
    } else {
      graph_.nodes.push_back({Quantize{.to = graph_[output].type.dtype}, {y}, {output}, layer_name_ + "/answer"});
    }
    return y;
  }

  ValueId shape_of(ValueId id) {
    std::vector<std::int32_t> shape;
    for (const std::int64_t d : graph_[id].type.shape) shape.push_back(static_cast<std::int32_t>(d));
    const auto rank = static_cast<std::int64_t>(shape.size());
    return indices(layer_name_ + "/answer_shape", {rank}, shape);
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
    // The inverse of the samples' second moments, P. k = P x / (forget + x' P x); w += error k'; P -= k (P x)'.
    const std::int64_t size = features_ + 1;
    std::vector<float> first(static_cast<std::size_t>(size * size));
    for (std::int64_t i = 0; i < size; ++i) first[static_cast<std::size_t>(i * (size + 1))] = 1 / how_.penalty;
    const ValueId inverse = variable(name + "/inverse", {size, size}, first);
    const ValueId now = graph_.add(ReadVariable{}, {inverse}, name + "/inverse_now");
    const ValueId px = graph_.add(FullyConnected{}, {x_, now}, name + "/px");
    const ValueId xpx = graph_.add(FullyConnected{}, {x_, px}, name + "/xpx");
    const ValueId gain =
        graph_.add(Div{}, {px, graph_.add(Add{}, {xpx, number(name + "/forget", how_.forget)}, name + "/surprise")},
                   name + "/gain");
    graph_.nodes.push_back({RankOneUpdate{}, {learnt_, error, gain}, {}, name + "/weights"});
    const ValueId back = graph_.add(Mul{}, {gain, number(name + "/minus", -1)}, name + "/minus_gain");
    graph_.nodes.push_back({RankOneUpdate{}, {inverse, back, px}, {}, name + "/moments"});
    if (how_.forget < 1) {
      const ValueId after = graph_.add(ReadVariable{}, {inverse}, name + "/inverse_after");
      const ValueId grown =
          graph_.add(Mul{}, {after, number(name + "/growth", 1 / how_.forget)}, name + "/inverse_grown");
      graph_.nodes.push_back({AssignVariable{}, {inverse, grown}, {}, name + "/inverse_next"});
    }
  }

  Graph& graph_;
  const LearnOnDevice& how_;
  int layer_ = -1;
  std::vector<ValueId> operands_{};  // of the layer
  std::string layer_name_{};
  std::vector<Node> tail_{};       // behind the layer, in order
  std::vector<ValueId> scales_{};  // constants by which the tail multiplies
  std::int64_t outputs_ = 0, features_ = 0;
  ValueId flag_ = kNoValue, x_ = kNoValue, learnt_ = kNoValue;
};

}  // namespace

LearnOnDevice parse_learn_on_device(std::string_view text) {
  const SourceOptions given("--learn", text, {"rate", "penalty", "forget"});
  const bool recursive = given.place() == "recursive";
  if (!recursive && given.place() != "gradient") {
    fail("--learn: there is no '{}'; there are gradient and recursive", given.place());
  }
  for (const char* key : {"rate", "penalty", "forget"}) {
    if (given.has(key) && recursive == (std::string_view(key) == "rate")) {
      fail("--learn: {} has no '{}'", given.place(), key);
    }
  }
  LearnOnDevice how{.rule = recursive ? LearnOnDevice::Rule::recursive : LearnOnDevice::Rule::gradient};
  how.rate = static_cast<float>(given.number("rate", static_cast<double>(how.rate), 1e-6, 10));
  how.penalty = static_cast<float>(given.number("penalty", static_cast<double>(how.penalty), 1e-9, 1e9));
  how.forget = static_cast<float>(given.number("forget", static_cast<double>(how.forget), 0.5, 1));
  return how;
}

void learn_on_device(Graph& graph, const LearnOnDevice& how) { Learner(graph, how).make(); }

}  // namespace mirim
