#include "mirim/passes/quantize.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "mirim/base/error.hpp"
#include "mirim/exec/activation_grid.hpp"
#include "mirim/graph/layer_name.hpp"
#include "mirim/graph/match.hpp"
#include "mirim/graph/meaning.hpp"
#include "mirim/graph/scopes.hpp"
#include "mirim/graph/verify.hpp"
#include "mirim/ops/dequantize.hpp"
#include "mirim/ops/quantize.hpp"
#include "mirim/ops/resource_variable.hpp"
#include "mirim/ops/unidirectional_sequence_lstm.hpp"
#include "mirim/passes/absorb_normalization.hpp"
#include "mirim/passes/expand_activations.hpp"
#include "mirim/passes/integer_constants.hpp"
#include "mirim/passes/integer_form.hpp"
#include "mirim/passes/loop_conditions.hpp"
#include "mirim/passes/quantization_groups.hpp"
#include "mirim/passes/quantize_lstm.hpp"
#include "mirim/passes/simplify.hpp"
#include "mirim/passes/widen_arg_max.hpp"

namespace mirim {
namespace {

using Role = OperandRole::Kind;

/// An activation's int8 operators may be so many steps off; else they compute in int16.
constexpr float kMostStepsOff = 2;

/// What an operator fixes for int8, for int16: the same reals from a power of two (TFLite: softmax, logistic and tanh
/// have 2^-15).
Quantization widened(const Quantization& q) {
  const auto zero_point = static_cast<float>(q.zero_point[0]);
  const float reach = q.scale[0] * std::max(std::fabs(-128 - zero_point), std::fabs(128 - zero_point));
  return {{reach / 32768}, {0}, 0};
}

/// Sets the option that is the type of the output, of operators that have it.
class OutputType final : public Options {
 public:
  explicit OutputType(DType dtype) : dtype_(dtype) {}

  void field(int, std::string_view, bool&, bool) override {}
  void field(int, std::string_view, std::int32_t&, std::int32_t) override {}
  void field(int, std::string_view, float&, float) override {}
  void field(int, std::string_view, std::vector<std::int32_t>&) override {}
  using Options::field;

 protected:
  void enumeration(int slot, std::string_view, int& value, int, std::span<const std::string_view>) override {
    if (slot == kOutputType) value = static_cast<int>(dtype_);
  }

 private:
  DType dtype_;
};

class Quantizer {
 public:
  Quantizer(Graph& graph, std::span<const Range> ranges, const QuantizeOptions& options)
      : graph_(graph),
        options_(options),
        groups_(graph.values.size()),
        constants_(graph, options.activation_bits == 16),
        ranges_(ranges.begin(), ranges.end()) {
    if (ranges.size() != graph.values.size()) {
      fail("there are ranges for {} values, the graph has {}", ranges.size(), graph.values.size());
    }
    find_rules();
    group_values();
    choose(ranges);
  }

  SharedQuantization shared() const {
    SharedQuantization result{.group = std::vector<int>(graph_.values.size(), -1),
                              .fixed = std::vector<std::optional<Quantization>>(graph_.values.size())};
    for (std::size_t i = 0; i < graph_.values.size(); ++i) {
      const auto id = static_cast<ValueId>(i);
      if (!is_activation(id)) continue;
      result.group[i] = static_cast<int>(groups_.root(id));
      result.fixed[i] = groups_.fixed(id);
    }
    return result;
  }

  std::vector<StaysFloat> run() {
    std::vector<Node> old = std::move(graph_.nodes);
    graph_.nodes.clear();
    retype();
    for (std::size_t i = 0; options_.float_io && i < graph_.inputs.size(); ++i) feed_float(graph_.inputs[i]);
    for (std::size_t n = 0; n < old.size(); ++n) add(old[n], rules_[n], in_conditions_[n] != 0);
    for (std::size_t i = 0; options_.float_io && i < graph_.outputs.size(); ++i) {
      if (is_activation(graph_.outputs[i])) give_float(graph_.outputs[i]);
    }
    expand_activations(graph_);
    eliminate_dead_nodes(graph_);
    in_context("quantize", [&] { verify_or_throw(graph_); });
    return std::move(stays_float_);
  }

 private:
  bool is_wide() const { return options_.activation_bits == 16; }
  DType dtype() const { return is_wide() ? DType::int16 : DType::int8; }

  bool is_activation(ValueId id) const {
    return id != kNoValue && static_cast<std::size_t>(id) < chosen_.size() &&
           !chosen_[static_cast<std::size_t>(id)].empty();
  }

  void find_rules() {
    in_conditions_ = nodes_in_loop_conditions(graph_);
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
      const Node& node = graph_.nodes[n];
      auto rule = in_conditions_[n] ? std::nullopt : rule_of(node);
      if (node.op.tflite_code() < 0) rule.reset();  // must not be written to a file unchanged
      if (!rule) {
        for (const ValueId id : node.inputs) {
          if (id != kNoValue && graph_[id].variable) float_variables_.push_back(id);
        }
      }
      rules_.push_back(std::move(rule));
    }
    // What is written to or read from a float variable goes there and comes as it is.
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
      const Node& node = graph_.nodes[n];
      const bool moves = node.op.is<ReadVariable>() || node.op.is<AssignVariable>();
      if (moves && std::ranges::find(float_variables_, node.inputs[0]) != float_variables_.end()) rules_[n].reset();
    }
  }

  std::optional<QuantizationRule> rule_of(const Node& node) const {
    if (is_float_lstm(graph_, node)) return QuantizationRule{};
    if (node.op.is<ReadVariable>() || node.op.is<AssignVariable>()) return QuantizationRule{.same_scale = true};
    return node.op.quantization(Types(operands(graph_, node.inputs)));
  }

  bool is_computed_float(ValueId id) const {
    return id != kNoValue && !graph_[id].is_constant() && graph_[id].type.dtype == DType::float32 &&
           std::ranges::find(float_variables_, id) == float_variables_.end();
  }

  std::vector<ValueId> shared_inputs(const Node& node) const {
    std::vector<ValueId> ids;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.op.role(i).kind == Role::activation && is_computed_float(node.inputs[i])) ids.push_back(node.inputs[i]);
    }
    return ids;
  }

  void group_values() {
    if (options_.input && !graph_.inputs.empty()) groups_.fix(graph_.inputs[0], *options_.input);
    if (options_.output && !graph_.outputs.empty()) groups_.fix(graph_.outputs[0], *options_.output);
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
      if (!rules_[n]) continue;
      const Node& node = graph_.nodes[n];
      if (node.op.is<UnidirectionalSequenceLstm>()) {
        groups_.unite(node.inputs[lstm::kState], node.outputs[0]);
        float_variables_.push_back(node.inputs[lstm::kCell]);  // has a type of its own
      }
      if (rules_[n]->output) {
        const Quantization output = is_wide() ? widened(*rules_[n]->output) : *rules_[n]->output;
        for (const ValueId id : node.outputs) groups_.fix(id, output);
      }
      if (!rules_[n]->same_scale) continue;
      const auto inputs = shared_inputs(node);
      if (node.op.is<AssignVariable>() && inputs.size() == 2) groups_.unite(inputs[0], inputs[1]);
      for (const ValueId id : inputs) {
        // With several inputs a fixed one (a softmax) would force its narrow range on all, so it is rescaled instead.
        if (inputs.size() > 1 && groups_.fixed(id)) continue;
        for (const ValueId output : node.outputs) groups_.unite(id, output);
      }
    }
  }

  void choose(std::span<const Range> ranges) {
    std::vector<Range> shared(graph_.values.size());
    for (std::size_t i = 0; i < graph_.values.size(); ++i) {
      const auto id = static_cast<ValueId>(i);
      if (!is_computed_float(id)) continue;
      Range& range = shared[groups_.root(id)];
      range.min = std::min(range.min, ranges[i].min);
      range.max = std::max(range.max, ranges[i].max);
    }
    chosen_.resize(graph_.values.size());
    for (std::size_t i = 0; i < graph_.values.size(); ++i) {
      const auto id = static_cast<ValueId>(i);
      if (!is_computed_float(id)) continue;
      const Range& range = shared[groups_.root(id)];
      chosen_[i] = groups_.fixed(id) ? *groups_.fixed(id)
                   : is_wide()       ? int16_quantization(range)
                                     : int8_quantization(range);
    }
  }

  void retype() {
    for (std::size_t i = 0; i < chosen_.size(); ++i) {
      if (chosen_[i].empty()) continue;
      Value& value = graph_.values[i];
      if (value.constant) {  // what a variable holds at first
        const Bytes& content = *value.constant;
        const std::span floats(reinterpret_cast<const float*>(content.data()), content.size() / sizeof(float));
        value.constant = constants_.activation(floats, chosen_[i]);
      }
      value.type.dtype = dtype();
      value.quantization = chosen_[i];
    }
  }

  void feed_float(ValueId& input) {
    if (!is_activation(input)) return;
    Value value = graph_[input];
    value.type.dtype = DType::float32;
    value.quantization = {};
    graph_[input].name += is_wide() ? "/int16" : "/int8";
    const ValueId outside = graph_.add(std::move(value));
    move_meaning(graph_[input], graph_[outside]);
    graph_.nodes.push_back({.op = Quantize{.to = dtype()}, .inputs = {outside}, .outputs = {input}});
    float_of_[input] = outside;
    input = outside;
  }

  void give_float(ValueId& output) {
    const ValueId result = as_float(output);
    move_meaning(graph_[output], graph_[result]);
    output = result;
  }

  ValueId float_value(ValueId like, const std::string& suffix) {
    const Value& value = graph_[like];
    return graph_.add(Value{.name = value.name + suffix, .type = {DType::float32, value.type.shape}});
  }

  /// The value in floats: as a float node made it, or from its integers.
  ValueId as_float(ValueId id) {
    const auto found = float_of_.find(id);
    if (found != float_of_.end()) return found->second;
    const ValueId result = float_value(id, "/float");
    graph_.nodes.push_back({.op = Dequantize{}, .inputs = {id}, .outputs = {result}});
    float_of_[id] = result;
    return result;
  }

  // What is made in a loop or branch has no place outside of it.
  void add_marker(const Node& node) {
    const bool ends = node.op.is<LoopEnd>() || node.op.is<BranchElse>() || node.op.is<BranchEnd>();
    if (ends) {
      float_of_ = std::move(outside_.back());
      outside_.pop_back();
    }
    if (node.op.is<Loop>() || node.op.is<Branch>() || node.op.is<BranchElse>()) outside_.push_back(float_of_);
    graph_.nodes.push_back(node);
  }

  void add(const Node& node, const std::optional<QuantizationRule>& rule, bool in_condition) {
    if (is_marker(node.op)) return add_marker(node);
    if (in_condition) return add_float(node, "the end of a loop depends on it");
    if (!rule && (node.op.is<ReadVariable>() || node.op.is<AssignVariable>())) {
      return add_float(node, "its variable belongs to an operator that stays float");
    }
    if (!rule) {
      if (!add_integer_form(node)) add_float(node, "has no integer form");
      return;
    }
    std::string why = computed_weights(node);
    if (why.empty() && lacking(options_.runtime, node.op.name(), DType::float32).empty()) {
      why = lacking(options_.runtime, node.op.name(), dtype());
    }
    if (!why.empty()) return add_float(node, why);
    const std::size_t before = graph_.nodes.size();
    if (node.op.is<UnidirectionalSequenceLstm>()) {
      graph_.nodes.push_back(node);
      quantize_lstm(graph_, graph_.nodes.back(), constants_,
                    ranges_[static_cast<std::size_t>(node.inputs[lstm::kCell])]);
    } else {
      add_integer(node, *rule);
    }
    why = why_without_kernel(graph_.nodes.back());
    if (why.empty()) return;
    graph_.nodes.resize(before, Node{Quantize{}});
    const auto is_variable = [&](ValueId id) { return id != kNoValue && graph_[id].variable; };
    if (std::ranges::any_of(node.inputs, is_variable)) fail("{}: {}", label(node), why);  // is an integer already
    add_float(node, why);
  }

  std::string label(const Node& node) const {
    return fmt::format("'{}' ({})", layer_name(graph_, node), node.op.name());
  }

  /// Why the operator has no kernel for these integers; empty if it has one.
  std::string why_without_kernel(const Node& node) const {
    const std::vector<Operand> in = operands(graph_, node.inputs), out = operands(graph_, node.outputs);
    try {
      static_cast<void>(node.op.infer(Types(in)));
      if (node.op.deployable()) static_cast<void>(node.op.lower(Types(in), Types(out)));
    } catch (const Error& why) {
      return is_wide() ? fmt::format("has no int16 form ({})", why.what()) : std::string(why.what());
    }
    return {};
  }

  /// Whether weights or a bias are computed at run time, in words.
  std::string computed_weights(const Node& node) const {
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const Role kind = node.op.role(i).kind;
      const ValueId id = node.inputs[i];
      if (id == kNoValue || (kind != Role::weights && kind != Role::bias)) continue;
      if (graph_[id].is_constant() && graph_[id].type.dtype == DType::float32) continue;
      return fmt::format("its {} '{}' are computed at run time", kind == Role::bias ? "biases" : "weights",
                         graph_[id].name);
    }
    return {};
  }

  /// Floats between DEQUANTIZE and QUANTIZE. A QUANTIZE that only floats read is dead in the end.
  void add_float(Node node, const std::string& why) {
    const auto touches = [&](ValueId id) { return is_activation(id); };
    const bool computes = !node.op.is<ReadVariable>() && !node.op.is<AssignVariable>();
    if (computes && (std::ranges::any_of(node.inputs, touches) || std::ranges::any_of(node.outputs, touches))) {
      if (options_.strict) fail("{}: {}; leave out --strict to keep it float", label(node), why);
      stays_float_.push_back({label(node), why});
    }
    for (ValueId& id : node.inputs) {
      if (is_activation(id)) id = as_float(id);
    }
    std::vector<Node> back;
    for (ValueId& id : node.outputs) {
      if (!is_activation(id)) continue;
      const ValueId real = float_value(id, "/float");
      float_of_[id] = real;
      back.push_back({.op = Quantize{.to = dtype()}, .inputs = {real}, .outputs = {id}});
      id = real;
    }
    graph_.nodes.push_back(std::move(node));
    for (Node& conversion : back) graph_.nodes.push_back(std::move(conversion));
  }

  /// Puts the integer operators of an activation that TFLite lacks in its place, if it is one and they have kernels.
  bool add_integer_form(const Node& node) {
    if (node.inputs.size() != 1 || node.outputs.size() != 1 || !is_activation(node.inputs[0])) return false;
    const ValueId x = node.inputs[0], y = node.outputs[0];
    const Quantization from = graph_[x].quantization, to = graph_[y].quantization;
    // Every number that the input can be shows the range of everything in between.
    std::vector<float> all;
    const int least = is_wide() ? -32768 : -128, step = is_wide() ? 16 : 1;
    for (int i = least; i < -least; i += step) {
      all.push_back(static_cast<float>(i - from.zero_point[0]) * from.scale[0]);
    }
    const auto probe = integer_form(node.op, {static_cast<std::int64_t>(all.size())}, from.scale[0]);
    if (!probe) return false;
    const std::vector<Range> ranges = calibrate(
        probe->graph, 1, [&](Interpreter& interpreter, std::int64_t) { interpreter.set_input(0, bytes_of(all)); });
    const auto make = [&](int bits, const Shape& shape) -> std::optional<Graph> {
      IntegerForm form = *integer_form(node.op, shape, from.scale[0]);
      QuantizeOptions inside{.activation_bits = bits, .strict = true};
      const bool wider = bits == 16 && !is_wide();
      inside.input = wider ? int16_quantization({all.front(), all.back()}) : from;
      const auto natural = form.output && is_wide() ? widened(*form.output) : form.output;
      if (natural || !wider) inside.output = natural.value_or(to);
      try {
        Quantizer(form.graph, ranges, inside).run();
      } catch (const Error&) {
        return std::nullopt;
      }
      return std::move(form.graph);
    };
    int bits = is_wide() ? 16 : 8;
    if (probe->may_widen && !is_wide()) {
      const std::optional<Graph> narrow = make(8, {static_cast<std::int64_t>(all.size())});
      if (!narrow || steps_off(probe->graph, *narrow, all) > kMostStepsOff) bits = 16;
    }
    const std::optional<Graph> form = make(bits, graph_[x].type.shape);
    if (!form) return false;
    splice(*form, x, y);
    return true;
  }

  /// By how many steps an int8 graph is off the float one at most, over all 256 integers, which stand for `all`.
  static float steps_off(const Graph& floats, const Graph& integers, const std::vector<float>& all) {
    Interpreter exact(floats), rounded(integers);
    exact.set_input(0, bytes_of(all));
    exact.run();
    const auto bytes = rounded.input(0).as<std::int8_t>();
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::int8_t>(static_cast<int>(i) - 128);
    rounded.run();
    const Quantization& q = integers[integers.outputs[0]].quantization;
    const auto zero_point = static_cast<float>(q.zero_point[0]);
    float most = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const float steps = std::clamp(exact.output(0).as<float>()[i] / q.scale[0] + zero_point, -128.0F, 127.0F);
      most = std::max(most, std::fabs(steps - static_cast<float>(rounded.output(0).as<std::int8_t>()[i])));
    }
    return most;
  }

  /// Appends the nodes of an integer graph of one input and one output, with QUANTIZE where types or scales differ.
  void splice(const Graph& form, ValueId x, ValueId y) {
    const std::string name = graph_[y].name;
    const auto same = [&](ValueId inner, ValueId outer) {
      return form[inner].type.dtype == graph_[outer].type.dtype &&
             form[inner].quantization == graph_[outer].quantization;
    };
    std::vector<ValueId> here(form.values.size(), kNoValue);
    const auto place = [&](ValueId id) {
      ValueId& made = here[static_cast<std::size_t>(id)];
      if (made != kNoValue) return made;
      Value value = form[id];
      value.name = name + "/" + value.name;
      return made = graph_.add(std::move(value));
    };
    const auto convert = [&](ValueId from, ValueId to) {
      graph_.nodes.push_back({.op = Quantize{.to = graph_[to].type.dtype}, .inputs = {from}, .outputs = {to}});
    };
    const ValueId input = form.inputs[0], output = form.outputs[0];
    if (same(input, x)) {
      here[static_cast<std::size_t>(input)] = x;
    } else {
      convert(x, place(input));
    }
    if (same(output, y)) here[static_cast<std::size_t>(output)] = y;
    for (Node node : form.nodes) {
      for (ValueId& id : node.inputs) id = place(id);
      for (ValueId& id : node.outputs) id = place(id);
      if (!node.name.empty()) node.name = name + "/" + node.name;
      graph_.nodes.push_back(std::move(node));
    }
    if (!same(output, y)) convert(place(output), y);
  }

  void add_integer(Node node, const QuantizationRule& rule) {
    // An ASSIGN_VARIABLE gives nothing out: its variable decides.
    const Quantization output = graph_[node.outputs.empty() ? node.inputs[0] : node.outputs[0]].quantization;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      ValueId& id = node.inputs[i];
      if (id == kNoValue) continue;
      const auto [kind, axis] = node.op.role(i);
      if (kind == Role::activation) {
        id = activation(id, rule.same_scale ? &output : nullptr);
      } else if (kind == Role::slope) {
        id = activation(id, nullptr);
      } else if (kind == Role::weights && IntegerConstants::operand(node, Role::activation) == kNoValue) {
        id = activation(id, &output);  // a table whose rows are the result
      } else if (kind == Role::weights) {
        id = constants_.weights(node, id, axis);
      } else if (kind == Role::bias) {
        id = constants_.bias(node, id);
      }
    }
    OutputType type(dtype());
    node.op.options(type);
    graph_.nodes.push_back(std::move(node));
  }

  /// The operand itself; a constant as int8; rescaled if it must have the quantization `required` but has another.
  ValueId activation(ValueId id, const Quantization* required) {
    if (graph_[id].is_constant() && graph_[id].type.dtype == DType::float32) {
      const auto values = graph_[id].values<float>();
      Range range;
      for (const float x : values) range = {std::min(range.min, x), std::max(range.max, x)};
      if (!required && !(std::isfinite(range.min) && std::isfinite(range.max))) {
        fail("'{}' holds an infinite number, which no scale has; leave the model float", graph_[id].name);
      }
      // Of zeros alone any scale will do; TFLite compares numbers of scales below 1 only.
      if (range.min == range.max) range.max = 1;
      const Quantization q = required ? *required : is_wide() ? int16_quantization(range) : int8_quantization(range);
      return constants_.replace(id, dtype(), constants_.activation(values, q), q);
    }
    if (!required || !is_activation(id) || graph_[id].quantization == *required) return id;
    Value value = graph_[id];
    value.name += "/rescaled";
    value.quantization = *required;
    const ValueId result = graph_.add(std::move(value));
    graph_.nodes.push_back({.op = Quantize{.to = dtype()}, .inputs = {id}, .outputs = {result}});
    return result;
  }

  Graph& graph_;
  const QuantizeOptions& options_;
  std::vector<std::optional<QuantizationRule>> rules_;  // by node
  std::vector<char> in_conditions_{};                   // by node, see `nodes_in_loop_conditions`
  Groups groups_;
  IntegerConstants constants_;
  std::vector<Range> ranges_;
  std::vector<Quantization> chosen_;                 // by value; empty for unquantized values
  std::vector<ValueId> float_variables_;             // those that get no type from here
  std::map<ValueId, ValueId> float_of_;              // by an integer value: the same in floats
  std::vector<std::map<ValueId, ValueId>> outside_;  // the same, around the loops and branches that a node is in
  std::vector<StaysFloat> stays_float_;
};

}  // namespace

SharedQuantization shared_quantization(const Graph& graph, const QuantizeOptions& options) {
  Graph copy = graph;
  const std::vector<Range> ranges(graph.values.size());
  return Quantizer(copy, ranges, options).shared();
}

Quantization int16_quantization(const Range& range) {
  const float reach = std::max(-range.min, range.max);
  return {{reach >= std::numeric_limits<float>::min() * 32767 ? reach / 32767 : 1.0F}, {0}, 0};
}

Quantization int8_quantization(const Range& range) {
  const AffineGrid grid = affine_grid(range.min, range.max, 8);
  return {{grid.scale}, {grid.zero_point}, 0};
}

std::vector<StaysFloat> quantize(Graph& graph, std::span<const Range> ranges, const QuantizeOptions& options) {
  QuantizeOptions absorbed = options;
  // With float inputs a QUANTIZE is at the front, and the graph takes the same input as before.
  if (options.input && !options.float_io) absorbed.input = absorb_normalization(graph, *options.input);
  std::vector<Range> settled(ranges.begin(), ranges.end());
  if (settled.size() == graph.values.size()) settle_never_chosen(graph, settled);
  std::vector<StaysFloat> floats = Quantizer(graph, settled, absorbed).run();
  widen_arg_max(graph);
  return floats;
}

}  // namespace mirim
