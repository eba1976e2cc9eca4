#include "mirim/passes/masks.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "mirim/ops/arg_max.hpp"
#include "mirim/ops/compare.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/elementwise_unary.hpp"
#include "mirim/ops/log_softmax.hpp"
#include "mirim/ops/pool2d.hpp"
#include "mirim/ops/reduce.hpp"
#include "mirim/ops/softmax.hpp"

namespace mirim {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kLeastMask = 1e4F;
constexpr float kNear = 0.75F;  // a mask plus a score stays beyond this part of the mask
constexpr NeverChosen kAllCount{-kInfinity, kInfinity};

bool has_limit(const NeverChosen& limit) { return limit.low > -kInfinity || limit.high < kInfinity; }
NeverChosen nearer(const NeverChosen& a, const NeverChosen& b) {
  return {std::max(a.low, b.low), std::min(a.high, b.high)};
}

bool is_comparison(const Op& op) {
#define X(Type, tflite_name, code, table, version_int8, version_int16) \
  if (op.is<Type>()) return true;
  MIRIM_COMPARE(X)
#undef X
  return false;
}

/// Operators whose result never contains a "never chosen" element of their inputs: the chain ends there.
bool chooses(const Op& op) {
  return op.is<MaxPool2d>() || op.is<ReduceMax>() || op.is<ReduceMin>() || op.is<ArgMax>() || op.is<ArgMin>() ||
         op.is<Softmax>() || op.is<LogSoftmax>() || op.is<Exp>() || op.is<Logistic>() || is_comparison(op);
}

class Finder {
 public:
  explicit Finder(const Graph& graph) : graph_(graph), limits(graph.values.size(), kAllCount) {}

  std::vector<NeverChosen> run() {
    for (std::size_t i = 0; i < graph_.values.size(); ++i) limits[i] = of_constant(graph_.values[i]);
    for (const Node& node : graph_.nodes) pass_on(node);
    // A value that ends anywhere else is ordinary: a large weight, a result of the model.
    for (const ValueId id : graph_.outputs) limits[at(id)] = kAllCount;
    const std::vector<int> makers = producers(graph_);
    for (std::size_t n = graph_.nodes.size(); n-- > 0;) {
      const Node& node = graph_.nodes[n];
      if (chooses(node.op)) {
        // Scores times a large number are scores; it is a mask only where the product is added to scores.
        for (const ValueId id : node.inputs) {
          if (id == kNoValue || makers[at(id)] < 0) continue;
          if (graph_.nodes[static_cast<std::size_t>(makers[at(id)])].op.is<Mul>()) limits[at(id)] = kAllCount;
        }
        continue;
      }
      const bool moves = moves_elements(node);
      for (const ValueId id : node.inputs) {
        if (id == kNoValue || !has_limit(limits[at(id)])) continue;
        if (!moves || !has_limit(limits[at(node.outputs[0])])) limits[at(id)] = kAllCount;
      }
    }
    return limits;
  }

 private:
  static std::size_t at(ValueId id) { return static_cast<std::size_t>(id); }

  static NeverChosen of_constant(const Value& value) {
    NeverChosen limit = kAllCount;
    if (!value.is_constant() || value.type.dtype != DType::float32) return limit;
    for (const float x : value.values<float>()) {
      if (x <= -kLeastMask) limit.low = std::max(limit.low, std::max(x, std::numeric_limits<float>::lowest()) * kNear);
      if (x >= kLeastMask) limit.high = std::min(limit.high, std::min(x, std::numeric_limits<float>::max()) * kNear);
    }
    return limit;
  }

  /// Whether each element of the result is one of an input, or a sum, difference or product with others.
  bool moves_elements(const Node& node) const {
    if (node.op.is<Add>() || node.op.is<Sub>() || node.op.is<Mul>() || node.op.is<Neg>()) return true;
    const auto rule = node.op.quantization(Types(operands(graph_, node.inputs)));
    return rule && rule->same_scale;
  }

  void pass_on(const Node& node) {
    NeverChosen all = kAllCount;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] == kNoValue) continue;
      NeverChosen limit = limits[at(node.inputs[i])];
      if (node.op.is<Neg>() || (node.op.is<Sub>() && i == 1)) limit = {-limit.high, -limit.low};
      if (node.op.is<Mul>() && has_limit(limit)) {  // with a number of either sign
        const float least = std::min(-limit.low, limit.high);
        limit = {-least, least};
      }
      all = nearer(all, limit);
    }
    if (!has_limit(all) || chooses(node.op) || !moves_elements(node)) return;
    for (const ValueId id : node.outputs) {
      if (id != kNoValue && graph_[id].type.dtype == DType::float32) limits[at(id)] = all;
    }
  }

  const Graph& graph_;
  std::vector<NeverChosen> limits;
};

/// Walks from the results to the constants with the range that each value must represent, so that elements never chosen
/// stay never chosen.
class Settler {
 public:
  Settler(Graph& graph, std::vector<Range>& ranges)
      : graph_(graph), ranges_(ranges), limits_(find_never_chosen(graph)) {}

  void run() {
    for (std::size_t i = 0; i < graph_.values.size(); ++i) {
      if (graph_.values[i].is_constant() && graph_.values[i].type.dtype == DType::float32) ranges_[i] = that_counts(i);
    }
    for (std::size_t n = graph_.nodes.size(); n-- > 0;) {
      Node& node = graph_.nodes[n];
      if (is_comparison(node.op)) settle_comparison(node);
      for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        const ValueId id = node.inputs[i];
        if (id != kNoValue && has_limit(limits_[at(id)])) widen(id, needed(node, i));
      }
    }
    for (std::size_t i = 0; i < graph_.values.size(); ++i) {
      if (graph_.values[i].is_constant() && has_limit(limits_[i])) replace(i);
    }
  }

 private:
  static std::size_t at(ValueId id) { return static_cast<std::size_t>(id); }

  Range that_counts(std::size_t i) const {
    Range range;
    for (const float x : graph_.values[i].values<float>()) {
      if (counts(limits_[i], x)) range = {std::min(range.min, x), std::max(range.max, x)};
    }
    return range;
  }

  void widen(ValueId id, const Range& need) {
    Range& range = ranges_[at(id)];
    if (limits_[at(id)].low > -kInfinity) range.min = std::min(range.min, need.min);
    if (limits_[at(id)].high < kInfinity) range.max = std::max(range.max, need.max);
  }

  /// The range that input i must represent so that the node's result stays the same.
  Range needed(const Node& node, std::size_t i) const {
    const ValueId id = node.inputs[i];
    const Range& own = ranges_[at(id)];
    const auto depth = static_cast<float>(graph_[id].type.shape.rank() > 0 ? graph_[id].type.shape.back() : 1);
    if (const auto* softmax = node.op.as<Softmax>()) {
      // All masked elements together get less than half of a step of 1/256.
      return {own.min - std::log(512 * depth) / std::max(softmax->beta, 1e-6F), own.max};
    }
    if (node.op.is<LogSoftmax>()) return {own.min - 16, own.max};  // its steps end at -16
    if (node.op.is<Logistic>()) return {-8, 8};
    if (node.op.is<Exp>()) return {own.max - 7, own.max};  // e^-7 < 1/512
    if (is_comparison(node.op)) return beyond(own, 1.0F / 16);
    if (chooses(node.op)) return own;
    return needed_by(node, i, ranges_[at(node.outputs[0])]);
  }

  /// The range, extended by some steps on either side.
  static Range beyond(const Range& range, float part) {
    const float margin = std::max((range.max - range.min) * part, 1e-6F);
    return {range.min - margin, range.max + margin};
  }

  /// A constant beyond all values that it is compared with, such as infinity, stays beyond them.
  void settle_comparison(Node& node) {
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const Value& old = graph_[node.inputs[i]];
      const ValueId other = node.inputs[1 - i];
      if (!old.is_constant() || old.type.dtype != DType::float32 || graph_[other].is_constant()) continue;
      const Range bounds = beyond(ranges_[at(other)], 1.0F / 32);
      Range range;
      std::vector<float> values;
      for (const float x : old.values<float>()) {
        values.push_back(std::isnan(x) ? x : std::clamp(x, bounds.min, bounds.max));
        range = {std::min(range.min, values.back()), std::max(range.max, values.back())};
      }
      Value value = old;
      value.constant = make_constant(values);
      node.inputs[i] = graph_.add(std::move(value));
      ranges_.push_back(range);
      limits_.push_back(kAllCount);
    }
  }

  /// The same for a node that moves elements, from the range that its result must represent.
  Range needed_by(const Node& node, std::size_t i, const Range& result) const {
    if (node.op.is<Neg>()) return {-result.max, -result.min};
    const bool arithmetic = node.op.is<Add>() || node.op.is<Sub>() || node.op.is<Mul>();
    if (!arithmetic) return result;
    const Range& other = ranges_[at(node.inputs[1 - i])];
    if (node.op.is<Add>()) return {result.min - other.max, result.max - other.min};
    if (node.op.is<Sub>() && i == 0) return {result.min + other.min, result.max + other.max};
    if (node.op.is<Sub>()) return {other.min - result.max, other.max - result.min};
    // A mask of 0 and 1, or of -1 and 0, times what is never chosen.
    Range need;
    for (const float factor : {other.min, other.max}) {
      if (factor == 0) continue;
      for (const float end : {result.min / factor, result.max / factor}) {
        need = {std::min(need.min, end), std::max(need.max, end)};
      }
    }
    return need;
  }

  void replace(std::size_t i) {
    Value& value = graph_.values[i];
    const auto old = value.values<float>();
    std::vector<float> values(old.begin(), old.end());
    const Range ends = beyond(ranges_[i], 1.0F / 64);
    for (float& x : values) {
      // Some steps beyond the range, so that it becomes the last int8 with any rounding.
      if (!std::isnan(x) && !counts(limits_[i], x)) x = x < 0 ? ends.min : ends.max;
    }
    value.constant = make_constant(values);
  }

  Graph& graph_;
  std::vector<Range>& ranges_;
  std::vector<NeverChosen> limits_;
};

}  // namespace

std::vector<NeverChosen> find_never_chosen(const Graph& graph) { return Finder(graph).run(); }

void settle_never_chosen(Graph& graph, std::vector<Range>& ranges) { Settler(graph, ranges).run(); }

}  // namespace mirim
