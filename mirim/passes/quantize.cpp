#include "mirim/passes/quantize.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "mirim/base/error.hpp"
#include "mirim/exec/activation_grid.hpp"
#include "mirim/graph/layer_name.hpp"
#include "mirim/graph/match.hpp"
#include "mirim/graph/meaning.hpp"
#include "mirim/graph/verify.hpp"
#include "mirim/ops/dequantize.hpp"
#include "mirim/ops/quantize.hpp"
#include "mirim/passes/absorb_normalization.hpp"
#include "mirim/passes/expand_activations.hpp"

namespace mirim {
namespace {

using Role = OperandRole::Kind;

/// Values that must share one quantization: MAX_POOL_2D's input and output, for instance.
class Groups {
 public:
  explicit Groups(std::size_t values) : parent_(values), fixed_(values) {
    std::iota(parent_.begin(), parent_.end(), 0);
  }

  std::size_t root(ValueId id) const {
    auto i = static_cast<std::size_t>(id);
    while (parent_[i] != i) i = parent_[i];
    return i;
  }
  const std::optional<Quantization>& fixed(ValueId id) const { return fixed_[root(id)]; }
  void fix(ValueId id, const Quantization& quantization) { fixed_[root(id)] = quantization; }
  /// Unless both are fixed and differ: then the node between them rescales.
  void unite(ValueId a, ValueId b) {
    const std::size_t i = root(a), j = root(b);
    if (i == j || (fixed_[i] && fixed_[j] && *fixed_[i] != *fixed_[j])) return;
    if (!fixed_[i]) fixed_[i] = fixed_[j];
    parent_[j] = i;
  }

 private:
  std::vector<std::size_t> parent_;
  std::vector<std::optional<Quantization>> fixed_;
};

template <class T>
T to_integer(float x, float scale, std::int64_t zero_point, float least = std::numeric_limits<T>::lowest()) {
  if (std::isnan(x)) return static_cast<T>(zero_point);  // as in TFLite's tables
  const float steps = std::round(x / scale) + static_cast<float>(zero_point);
  return static_cast<T>(std::clamp(steps, least, static_cast<float>(std::numeric_limits<T>::max())));
}

template <class T>
Constant to_integers(std::span<const float> values, const Quantization& q) {
  std::vector<T> integers;
  for (const float x : values) integers.push_back(to_integer<T>(x, q.scale[0], q.zero_point[0]));
  return make_constant(integers);
}

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
      : graph_(graph), options_(options), groups_(graph.values.size()) {
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

  void run() {
    std::vector<Node> old = std::move(graph_.nodes);
    graph_.nodes.clear();
    retype();
    for (std::size_t i = 0; options_.float_io && i < graph_.inputs.size(); ++i) feed_float(graph_.inputs[i]);
    for (std::size_t n = 0; n < old.size(); ++n) {
      if (rules_[n]) {
        add_integer(std::move(old[n]), *rules_[n]);
      } else {
        add_float(std::move(old[n]));
      }
    }
    for (std::size_t i = 0; options_.float_io && i < graph_.outputs.size(); ++i) {
      if (is_activation(graph_.outputs[i])) give_float(graph_.outputs[i]);
    }
    if (is_wide()) require_int16_kernels();
    expand_activations(graph_);
    remove_unused_values(graph_);
    in_context("quantize", [&] { verify_or_throw(graph_); });
  }

 private:
  bool is_wide() const { return options_.activation_bits == 16; }
  DType dtype() const { return is_wide() ? DType::int16 : DType::int8; }

  bool is_activation(ValueId id) const {
    return id != kNoValue && static_cast<std::size_t>(id) < chosen_.size() &&
           !chosen_[static_cast<std::size_t>(id)].empty();
  }

  void find_rules() {
    for (int n = 0; n < static_cast<int>(graph_.nodes.size()); ++n) {
      const Node& node = graph_.nodes[static_cast<std::size_t>(n)];
      auto rule = node.op.quantization(Types(operands(graph_, node.inputs)));
      if (node.op.tflite_code() < 0) rule.reset();  // must not be written to a file unchanged
      const bool unary = node.inputs.size() == 1 && node.outputs.size() == 1 &&
                         graph_[node.inputs[0]].type == graph_[node.outputs[0]].type &&
                         !graph_[node.inputs[0]].variable;
      if (!rule && !unary) {
        fail("{}: has no integer form; leave the model float, or use another operator", describe(graph_, n));
      }
      rules_.push_back(std::move(rule));
    }
  }

  bool is_computed_float(ValueId id) const {
    return id != kNoValue && !graph_[id].is_constant() && graph_[id].type.dtype == DType::float32;
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
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
      if (!rules_[n]) continue;
      const Node& node = graph_.nodes[n];
      if (rules_[n]->output) {
        const Quantization output = is_wide() ? widened(*rules_[n]->output) : *rules_[n]->output;
        for (const ValueId id : node.outputs) groups_.fix(id, output);
      }
      if (!rules_[n]->same_scale) continue;
      const auto inputs = shared_inputs(node);
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
      graph_.values[i].type.dtype = dtype();
      graph_.values[i].quantization = chosen_[i];
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
    graph_.nodes.push_back({.op = Quantize{}, .inputs = {outside}, .outputs = {input}});
    input = outside;
  }

  void give_float(ValueId& output) {
    const ValueId result = dequantized(output);
    move_meaning(graph_[output], graph_[result]);
    output = result;
  }

  ValueId float_value(ValueId like, const std::string& suffix) {
    const Value& value = graph_[like];
    return graph_.add(Value{.name = value.name + suffix, .type = {DType::float32, value.type.shape}});
  }

  ValueId dequantized(ValueId id) {
    const ValueId result = float_value(id, "/float");
    graph_.nodes.push_back({.op = Dequantize{}, .inputs = {id}, .outputs = {result}});
    return result;
  }

  void add_float(Node node) {
    const ValueId output = node.outputs[0];
    node.inputs[0] = dequantized(node.inputs[0]);
    node.outputs[0] = float_value(output, "/float");
    const ValueId result = node.outputs[0];
    graph_.nodes.push_back(std::move(node));
    graph_.nodes.push_back({.op = Quantize{}, .inputs = {result}, .outputs = {output}});
  }

  void add_integer(Node node, const QuantizationRule& rule) {
    const Quantization& output = graph_[node.outputs[0]].quantization;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      ValueId& id = node.inputs[i];
      if (id == kNoValue) continue;
      const auto [kind, axis] = node.op.role(i);
      if (kind == Role::activation) {
        id = activation(id, rule.same_scale ? &output : nullptr);
      } else if (kind == Role::weights && operand(node, Role::activation) == kNoValue) {
        id = activation(id, &output);  // a table whose rows are the result
      } else if (kind == Role::weights) {
        id = weights(node, id, axis);
      } else if (kind == Role::bias) {
        id = bias(node, id);
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
      const Quantization q = required ? *required : is_wide() ? int16_quantization(range) : int8_quantization(range);
      Constant integers = is_wide() ? to_integers<std::int16_t>(values, q) : to_integers<std::int8_t>(values, q);
      return add_constant(id, dtype(), std::move(integers), q);
    }
    if (!required || !is_activation(id) || graph_[id].quantization == *required) return id;
    Value value = graph_[id];
    value.name += "/rescaled";
    value.quantization = *required;
    const ValueId result = graph_.add(std::move(value));
    graph_.nodes.push_back({.op = Quantize{}, .inputs = {id}, .outputs = {result}});
    return result;
  }

  ValueId add_constant(ValueId like, DType dtype, Constant constant, Quantization quantization) {
    Value value = graph_[like];
    value.type.dtype = dtype;
    value.constant = std::move(constant);
    value.quantization = std::move(quantization);
    return graph_.add(std::move(value));
  }

  ValueId weights(const Node& node, ValueId id, int axis) {
    const Value& value = graph_[id];
    if (!value.is_constant() || value.type.dtype != DType::float32) {
      fail("'{}': the weights '{}' are computed at run time, expected constants", layer_name(graph_, node), value.name);
    }
    const auto values = value.values<float>();
    const Shape& shape = value.type.shape;
    const std::size_t channels = axis < 0 ? 1 : static_cast<std::size_t>(shape[axis]);
    std::size_t inner = 1;
    for (int i = axis + 1; axis >= 0 && i < shape.rank(); ++i) inner *= static_cast<std::size_t>(shape[i]);
    const auto channel = [&](std::size_t i) { return axis < 0 ? 0 : i / inner % channels; };

    std::vector<float> largest(channels, 0.0F);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!std::isfinite(values[i]))
        fail("'{}': the weights '{}' are not finite", layer_name(graph_, node), value.name);
      largest[channel(i)] = std::max(largest[channel(i)], std::fabs(values[i]));
    }
    const std::optional<WeightForm> form = value.form;
    // Numbers that rows share are to be one integer: they share a scale too.
    if (form && form->codebook && !form->codebook->per_row) {
      std::ranges::fill(largest, *std::ranges::max_element(largest));
    }
    const bool on_grid = form && form->grid && form->grid->least >= -128 && form->grid->most <= 127;
    const auto factor = static_cast<float>(on_grid ? int8_factor(*form->grid) : 1);
    for (std::size_t c = 0; on_grid && c < channels; ++c) {
      largest[c] = 127 * (form->grid->scale[form->grid->scale.size() == 1 ? 0 : c] / factor);
    }
    const Quantization q = weights_quantization(node, largest, std::max(axis, 0));
    std::vector<std::int8_t> integers;
    for (std::size_t i = 0; i < values.size(); ++i)
      integers.push_back(to_integer<std::int8_t>(values[i], q.scale[channel(i)], 0, on_grid ? -128 : -127));
    const ValueId result = add_constant(id, DType::int8, make_constant(integers), q);
    if (on_grid) graph_[result].form->grid->scale = {factor};
    return result;
  }

  /// largest / 127 for each channel, but at least so large that the bias fits int32, of int16 activations the 40 bits
  /// that TFLite's int64 sums may have.
  Quantization weights_quantization(const Node& node, const std::vector<float>& largest, int axis) const {
    const std::size_t channels = largest.size();
    const float input_scale = graph_[operand(node, Role::activation)].quantization.scale[0];
    std::vector<float> bias_size(channels, 0.0F);
    const ValueId of_bias = operand(node, Role::bias);
    if (of_bias != kNoValue && graph_[of_bias].is_constant()) {
      const auto bias = graph_[of_bias].values<float>();
      for (std::size_t o = 0; o < bias.size(); ++o) {
        float& size = bias_size[channels == 1 ? 0 : o];
        size = std::max(size, std::fabs(bias[o]));
      }
    }
    Quantization q{.dimension = axis};
    for (std::size_t c = 0; c < channels; ++c) {
      float scale = largest[c] / 127;
      // A channel whose weights are all 0 is its bias; 20 bits are plenty for that.
      if (scale == 0) scale = bias_size[c] > 0 ? bias_size[c] / input_scale * 0x1p-20F : 1.0F;
      scale = std::max(scale, bias_size[c] / input_scale * (is_wide() ? 0x1p-38F : 0x1p-30F));
      q.scale.push_back(std::max(scale, std::numeric_limits<float>::min()));
      q.zero_point.push_back(0);
    }
    return q;
  }

  ValueId bias(const Node& node, ValueId id) {
    const Value& value = graph_[id];
    if (!value.is_constant() || value.type.dtype != DType::float32) {
      fail("'{}': the bias '{}' is computed at run time, expected constants", layer_name(graph_, node), value.name);
    }
    const auto values = value.values<float>();
    const Quantization& input = graph_[operand(node, Role::activation)].quantization;
    const Quantization& weights = graph_[operand(node, Role::weights)].quantization;
    Quantization q;
    for (const float scale : weights.scale) {
      q.scale.push_back(input.scale[0] * scale);
      q.zero_point.push_back(0);
    }
    std::vector<std::int64_t> integers;
    const double most = is_wide() ? 0x1p38 : 2147483647.0;
    for (std::size_t o = 0; o < values.size(); ++o) {
      if (!std::isfinite(values[o])) fail("'{}': the bias '{}' is not finite", layer_name(graph_, node), value.name);
      const double steps =
          std::round(static_cast<double>(values[o]) / static_cast<double>(q.scale[q.scale.size() == 1 ? 0 : o]));
      integers.push_back(static_cast<std::int64_t>(std::clamp(steps, -most, most)));
    }
    if (is_wide()) return add_constant(id, DType::int64, make_constant(integers), std::move(q));
    const std::vector<std::int32_t> narrow(integers.begin(), integers.end());
    return add_constant(id, DType::int32, make_constant(narrow), std::move(q));
  }

  /// The first operand of this role; kNoValue if there is none.
  static ValueId operand(const Node& node, Role role) {
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.op.role(i).kind == role) return node.inputs[i];
    }
    return kNoValue;
  }

  /// Throws Error for the first node that has int16 operands and no kernel for them.
  void require_int16_kernels() const {
    for (int n = 0; n < static_cast<int>(graph_.nodes.size()); ++n) {
      const Node& node = graph_.nodes[static_cast<std::size_t>(n)];
      const std::vector<Operand> in = operands(graph_, node.inputs), out = operands(graph_, node.outputs);
      const auto is_int16 = [&](ValueId id) { return id != kNoValue && graph_[id].type.dtype == DType::int16; };
      if (std::ranges::none_of(node.inputs, is_int16) && std::ranges::none_of(node.outputs, is_int16)) continue;
      try {
        static_cast<void>(node.op.infer(Types(in)));
        static_cast<void>(node.op.lower(Types(in), Types(out)));
      } catch (const Error& why) {
        fail("{}: has no int16 form ({}); use 8-bit activations, or another operator", describe(graph_, n), why.what());
      }
    }
  }

  Graph& graph_;
  const QuantizeOptions& options_;
  std::vector<std::optional<QuantizationRule>> rules_;  // by node
  Groups groups_;
  std::vector<Quantization> chosen_;  // by value; empty for unquantized values
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

void quantize(Graph& graph, std::span<const Range> ranges, const QuantizeOptions& options) {
  QuantizeOptions absorbed = options;
  // With float inputs a QUANTIZE is at the front, and the graph takes the same input as before.
  if (options.input && !options.float_io) absorbed.input = absorb_normalization(graph, *options.input);
  std::vector<Range> settled(ranges.begin(), ranges.end());
  if (settled.size() == graph.values.size()) settle_never_chosen(graph, settled);
  Quantizer(graph, settled, absorbed).run();
}

}  // namespace mirim
