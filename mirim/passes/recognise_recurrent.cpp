#include "mirim/passes/recognise_recurrent.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>

#include "mirim/graph/match.hpp"
#include "mirim/graph/scopes.hpp"
#include "mirim/ops/concatenation.hpp"
#include "mirim/ops/dynamic_update_slice.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/elementwise_unary.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/ops/gather.hpp"
#include "mirim/ops/pack.hpp"
#include "mirim/ops/reshape.hpp"
#include "mirim/ops/resource_variable.hpp"
#include "mirim/ops/split.hpp"
#include "mirim/ops/unidirectional_sequence_lstm.hpp"
#include "mirim/passes/loop_rounds.hpp"
#include "mirim/passes/weighted.hpp"

namespace mirim {
namespace {

// Larger layers stay loops: what they are in one step is not multiplied out.
constexpr std::int64_t kMostUnits = 1 << 14, kMostInputs = 1 << 11, kMostProducts = std::int64_t{1} << 30;

/// What a value of the loop is in terms of the step x and the last output h, for each row of its last axis:
/// of_x x + of_h h + bias. Empty parts are zero.
struct Linear {
  std::int64_t rows = 0;
  std::vector<float> of_x{}, of_h{}, bias{};  // [rows, inputs], [rows, units], [rows]
};

std::vector<float> rows_of(const std::vector<float>& all, std::int64_t rows, std::int64_t first, std::int64_t count) {
  if (all.empty()) return {};
  const std::int64_t columns = static_cast<std::int64_t>(all.size()) / rows;
  return {all.begin() + first * columns, all.begin() + (first + count) * columns};
}

std::vector<float> product(std::span<const float> weights, const std::vector<float>& right, std::int64_t rows,
                           std::int64_t inner) {
  if (right.empty()) return {};
  const std::int64_t columns = static_cast<std::int64_t>(right.size()) / inner;
  std::vector<float> result(static_cast<std::size_t>(rows * columns), 0);
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t i = 0; i < inner; ++i) {
      const float weight = weights[static_cast<std::size_t>(r * inner + i)];
      for (std::int64_t c = 0; c < columns; ++c) {
        result[static_cast<std::size_t>(r * columns + c)] += weight * right[static_cast<std::size_t>(i * columns + c)];
      }
    }
  }
  return result;
}

void add_to(std::vector<float>& sum, const std::vector<float>& more) {
  if (sum.empty()) {
    sum = more;
  } else if (!more.empty()) {
    std::ranges::transform(sum, more, sum.begin(), std::plus<float>());
  }
}

std::vector<float> identity(std::int64_t size) {
  std::vector<float> result(static_cast<std::size_t>(size * size), 0);
  for (std::int64_t i = 0; i < size; ++i) result[static_cast<std::size_t>(i * size + i)] = 1;
  return result;
}

/// A loop as an LSTM. Each step throws NoLstm if it is none.
class LstmMatch {
 public:
  struct NoLstm {};
  enum Gate { input, forget, cell, output };

  LstmMatch(const Graph& graph, const Links& links, const Scopes& scopes, int loop)
      : graph_(graph), links_(links), scopes_(scopes), index_(loop) {}

  ValueId sequence = kNoValue;         // [steps, batches, I]
  ValueId h = kNoValue, c = kNoValue;  // variables
  ValueId collected = kNoValue;        // variable: all outputs [steps, batches, U], or the last one
  bool collects_all = false;
  std::array<Linear, lstm::kGates> gates{};

  void match(std::int64_t rounds) {
    find_assignments();
    find_counter();
    for (const auto& [variable, source] : assigned_) try_state(variable, source);
    require(h != kNoValue && graph_[h].type.shape.rank() == 2 && graph_[c].type == graph_[h].type);
    match_cell();
    require(sequence != kNoValue && graph_[sequence].type.shape.rank() == 3 &&
            graph_[sequence].type.shape[0] == rounds && graph_[sequence].type.shape[1] == batches());
    // Nothing is kept from run to run: all of it is set before the loop.
    const std::vector<char> temporary = set_before_read(graph_);
    for (const auto& [variable, source] : assigned_) require(temporary[static_cast<std::size_t>(variable)] != 0);
    for (const auto& [variable, source] : assigned_) {
      if (variable == h || variable == c) continue;
      if (graph_[variable].type.dtype == DType::int32) {
        require(!is_read_outside(variable));  // a counter
      } else {
        require(collected == kNoValue && collects(variable, source));
        collected = variable;
      }
    }
    for (Linear& gate : gates) complete(gate);
  }

 private:
  static void require(bool holds) {
    if (!holds) throw NoLstm();
  }
  bool is_inside(int node) const { return node >= 0 && scopes_.of[static_cast<std::size_t>(node)] == index_; }
  const Node& node(int n) const { return graph_.nodes[static_cast<std::size_t>(n)]; }

  // The node in the loop that makes the value.
  const Node& maker(ValueId id) const {
    const int n = links_.producer(id);
    require(is_inside(n));
    return node(n);
  }
  template <class T>
  const Node& made_by(ValueId id) const {
    const Node& n = maker(id);
    require(n.op.is<T>());
    return n;
  }

  void find_assignments() {
    const Scope& scope = scopes_.list[static_cast<std::size_t>(index_)];
    for (int n = scope.begin + 1; n < scope.end; ++n) {
      require(n == scope.leave || !is_marker(node(n).op));
      if (!node(n).op.is<AssignVariable>()) continue;
      require(assigned_.emplace(node(n).inputs[0], node(n).inputs[1]).second);
    }
  }

  // The variable that counts the steps from 0 on.
  void find_counter() {
    for (const auto& [variable, source] : assigned_) {
      if (graph_[variable].type.dtype != DType::int32 || graph_[variable].type.shape.elements() != 1) continue;
      const int n = links_.producer(source);
      if (!is_inside(n) || !is_plain<Add>(node(n)) || node(n).inputs[0] != variable) continue;
      if (is_constant(node(n).inputs[1], 1) && is_constant(first_of(variable), 0)) counters_.push_back(variable);
    }
    require(!counters_.empty());
  }

  bool is_constant(ValueId id, std::int32_t number) const {
    return id != kNoValue && graph_[id].is_constant() && graph_[id].type.dtype == DType::int32 &&
           graph_[id].type.shape.elements() == 1 && graph_[id].values<std::int32_t>()[0] == number;
  }

  // What a variable is set to before the loop.
  ValueId first_of(ValueId variable) const {
    ValueId first = kNoValue;
    for (int n = 0; n < scopes_.list[static_cast<std::size_t>(index_)].begin; ++n) {
      if (node(n).op.is<AssignVariable>() && node(n).inputs[0] == variable) first = node(n).inputs[1];
    }
    return first;
  }

  bool is_read_outside(ValueId id) const {
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
      if (is_inside(static_cast<int>(n))) continue;
      const auto& inputs = graph_.nodes[n].inputs;
      const std::ptrdiff_t first = graph_.nodes[n].op.is<AssignVariable>() ? 1 : 0;  // what it sets it does not read
      if (std::find(inputs.begin() + first, inputs.end(), id) != inputs.end()) return true;
    }
    return std::ranges::find(graph_.outputs, id) != graph_.outputs.end();
  }

  // Takes the variable for h if it becomes logistic * tanh(c).
  void try_state(ValueId variable, ValueId source) {
    const int n = links_.producer(source);
    if (!is_inside(n) || !is_plain<Mul>(node(n))) return;
    for (const int logistic : {0, 1}) {
      const ValueId gate = node(n).inputs[static_cast<std::size_t>(logistic)];
      const ValueId content = node(n).inputs[static_cast<std::size_t>(1 - logistic)];
      if (!is_made_by<Logistic>(gate) || !is_made_by<Tanh>(content)) continue;
      const ValueId next_cell = maker(content).inputs[0];
      for (const auto& [other, its] : assigned_) {
        if (its != next_cell || other == variable) continue;
        require(h == kNoValue);
        h = variable;
        c = other;
        output_gate_ = maker(gate).inputs[0];
        next_cell_ = next_cell;
      }
    }
  }

  template <class T>
  bool is_made_by(ValueId id) const {
    const int n = links_.producer(id);
    return is_inside(n) && node(n).op.is<T>();
  }
  template <class T>
  static bool is_plain(const Node& n) {
    const T* op = n.op.as<T>();
    return op != nullptr && op->activation == Activation::none && n.inputs.size() == 2;
  }

  // next = logistic(f) * c + logistic(i) * tanh(n)
  void match_cell() {
    const Node& sum = maker(next_cell_);
    require(is_plain<Add>(sum));
    bool has_forget = false, has_input = false;
    for (const ValueId part : sum.inputs) {
      const Node& term = maker(part);
      require(is_plain<Mul>(term));
      const int logistic = is_made_by<Logistic>(term.inputs[0]) ? 0 : 1;
      const ValueId gate = made_by<Logistic>(term.inputs[static_cast<std::size_t>(logistic)]).inputs[0];
      const ValueId other = term.inputs[static_cast<std::size_t>(1 - logistic)];
      if (other == c) {
        require(!std::exchange(has_forget, true));
        gates[forget] = linear(gate);
      } else {
        require(!std::exchange(has_input, true));
        gates[input] = linear(gate);
        gates[cell] = linear(made_by<Tanh>(other).inputs[0]);
      }
    }
    require(has_forget && has_input);
    gates[output] = linear(output_gate_);
  }

  std::int64_t last_axis(ValueId id) const {
    const Shape& shape = graph_[id].type.shape;
    require(shape.rank() > 0);
    return shape[shape.rank() - 1];
  }
  std::int64_t batches() const { return graph_[h].type.shape[0]; }

  Linear linear(ValueId id) {
    if (const auto known = linears_.find(id); known != linears_.end()) return known->second;
    Linear result = compute(id);
    return linears_.emplace(id, std::move(result)).first->second;
  }

  Linear compute(ValueId id) {
    require(id != kNoValue && graph_[id].type.dtype == DType::float32);
    Linear result{.rows = last_axis(id)};
    require(result.rows <= kMostUnits);
    if (id == h) {
      result.of_h = identity(result.rows);
      return result;
    }
    if (graph_[id].is_constant()) {
      require(graph_[id].type.shape.elements() == result.rows);
      const auto values = graph_[id].values<float>();
      result.bias.assign(values.begin(), values.end());
      return result;
    }
    const Node& n = maker(id);
    if (const auto* gather = n.op.as<Gather>()) {
      require(gather->axis == 0 && gather->batch_dims == 0 && graph_[n.inputs[1]].type.shape.elements() == 1 &&
              std::ranges::find(counters_, n.inputs[1]) != counters_.end());
      require(sequence == kNoValue || sequence == n.inputs[0]);
      sequence = n.inputs[0];
      require(!graph_[sequence].variable && !is_inside(links_.producer(sequence)));
      require(result.rows <= kMostInputs);
      result.of_x = identity(result.rows);
    } else if (n.op.is<Reshape>()) {
      require(batches() == 1 || last_axis(n.inputs[0]) == result.rows);
      require(graph_[id].type.shape.elements() == batches() * result.rows);
      result = linear(n.inputs[0]);
      require(result.rows == last_axis(id));
    } else if (is_plain<Add>(n)) {
      for (const ValueId part : n.inputs) {
        const Linear more = linear(part);
        require(more.rows == result.rows);
        add_to(result.of_x, more.of_x);
        add_to(result.of_h, more.of_h);
        add_to(result.bias, more.bias);
      }
    } else if (const auto* dense = n.op.as<FullyConnected>()) {
      require(dense->activation == Activation::none && graph_[n.inputs[1]].is_constant() &&
              graph_[n.inputs[1]].type.dtype == DType::float32);
      const Linear inner = linear(n.inputs[0]);
      const auto weights = graph_[n.inputs[1]].values<float>();
      require(graph_[n.inputs[1]].type.shape[1] == inner.rows);
      require(result.rows * inner.rows * std::max(last_axis(h), inner.rows) <= kMostProducts);
      result.of_x = product(weights, inner.of_x, result.rows, inner.rows);
      result.of_h = product(weights, inner.of_h, result.rows, inner.rows);
      result.bias = product(weights, inner.bias, result.rows, inner.rows);
      if (n.inputs.size() > 2 && n.inputs[2] != kNoValue) {
        require(graph_[n.inputs[2]].is_constant());
        const auto bias = graph_[n.inputs[2]].values<float>();
        add_to(result.bias, {bias.begin(), bias.end()});
      }
    } else if (n.op.is<Split>()) {
      const Linear whole = linear(n.inputs[1]);
      const auto part = std::ranges::find(n.outputs, id) - n.outputs.begin();
      const auto count = static_cast<std::int64_t>(n.outputs.size());
      require(whole.rows == count * result.rows);  // along the last axis
      const std::int64_t first = part * result.rows;
      result.of_x = rows_of(whole.of_x, whole.rows, first, result.rows);
      result.of_h = rows_of(whole.of_h, whole.rows, first, result.rows);
      result.bias = rows_of(whole.bias, whole.rows, first, result.rows);
    } else {
      throw NoLstm();
    }
    return result;
  }

  // Whether the variable is set to the outputs of all steps so far, or to the last.
  bool collects(ValueId variable, ValueId source) {
    const auto is_h = [&](ValueId id) {
      const int n = links_.producer(id);
      return id == assigned_.at(h) ||
             (is_inside(n) && node(n).op.is<Reshape>() && node(n).inputs[0] == assigned_.at(h));
    };
    if (is_h(source)) return true;
    const int n = links_.producer(source);
    if (!is_inside(n) || !node(n).op.is<DynamicUpdateSlice>()) return false;
    collects_all = true;
    const Shape &all = graph_[variable].type.shape, &x = graph_[sequence].type.shape;
    const Shape one{1, batches(), last_axis(h)};
    return node(n).inputs[0] == variable && is_h(node(n).inputs[1]) && graph_[node(n).inputs[1]].type.shape == one &&
           all == Shape{x[0], one[1], one[2]} && begins_at_counter(node(n).inputs[2]);
  }

  // [counter, 0, 0]
  bool begins_at_counter(ValueId id) const {
    int n = links_.producer(id);
    if (!is_inside(n) || !(node(n).op.is<Concatenation>() || node(n).op.is<Pack>())) return false;
    ValueId first = node(n).inputs[0];
    for (std::size_t i = 1; i < node(n).inputs.size(); ++i) {
      if (!graph_[node(n).inputs[i]].is_constant() || graph_[node(n).inputs[i]].type.dtype != DType::int32)
        return false;
      for (const std::int32_t zero : graph_[node(n).inputs[i]].values<std::int32_t>()) {
        if (zero != 0) return false;
      }
    }
    n = links_.producer(first);
    if (is_inside(n) && node(n).op.is<Reshape>()) first = node(n).inputs[0];
    return std::ranges::find(counters_, first) != counters_.end();
  }

  // Zeros where a gate does not look.
  void complete(Linear& gate) const {
    const std::int64_t units = last_axis(h), inputs = last_axis(sequence);
    require(gate.rows == units);
    if (gate.of_x.empty()) gate.of_x.assign(static_cast<std::size_t>(units * inputs), 0);
    if (gate.of_h.empty()) gate.of_h.assign(static_cast<std::size_t>(units * units), 0);
    if (gate.bias.empty()) gate.bias.assign(static_cast<std::size_t>(units), 0);
    require(static_cast<std::int64_t>(gate.of_x.size()) == units * inputs &&
            static_cast<std::int64_t>(gate.of_h.size()) == units * units);
  }

  const Graph& graph_;
  const Links& links_;
  const Scopes& scopes_;
  int index_;
  std::map<ValueId, ValueId> assigned_;  // variable to its source, in the loop
  std::vector<ValueId> counters_;
  ValueId output_gate_ = kNoValue, next_cell_ = kNoValue;
  std::map<ValueId, Linear> linears_;
};

// The layer's node, and a copy of the last output where only that is collected.
std::vector<Node> layer(Graph& graph, const LstmMatch& match, const std::string& name, ValueId collected_as) {
  const std::int64_t units = graph[match.h].type.shape[1];
  const Shape x = graph[match.sequence].type.shape;
  std::vector<ValueId> inputs(lstm::kOperands, kNoValue);
  inputs[lstm::kInput] = match.sequence;
  constexpr std::array names{"input", "forget", "cell", "output"};
  for (std::size_t g = 0; g < lstm::kGates; ++g) {
    const std::string gate = name + "/" + names[g];
    inputs[lstm::kWeights + g] = add_constant(graph, gate + "/weights", {units, x[2]}, match.gates[g].of_x);
    inputs[lstm::kRecurrent + g] = add_constant(graph, gate + "/recurrent", {units, units}, match.gates[g].of_h);
    inputs[lstm::kBias + g] = add_constant(graph, gate + "/bias", {units}, match.gates[g].bias);
  }
  inputs[lstm::kState] = match.h;
  inputs[lstm::kCell] = match.c;
  const bool all = match.collects_all;
  const ValueId y =
      all ? collected_as
          : graph.add(Value{.name = name + "/sequence", .type = {DType::float32, Shape{x[0], x[1], units}}});
  std::vector<Node> nodes{{UnidirectionalSequenceLstm{.time_major = true}, inputs, {y}, name}};
  if (!all && collected_as != kNoValue) {
    const Shape& shape = graph[collected_as].type.shape;
    const std::vector<std::int32_t> numbers(shape.begin(), shape.end());
    const ValueId as = add_indices(graph, name + "/shape", numbers);
    nodes.push_back({Reshape{.new_shape = numbers}, {match.h, as}, {collected_as}, name + "/last"});
  }
  return nodes;
}

// Replaces the first loop that is an LSTM; false if there is none.
bool replace_one(Graph& graph) {
  const Scopes scopes = find_scopes(graph);
  if (scopes.list.size() == 1) return false;
  const Links links(graph);
  const auto runs = runs_of_nodes(graph);
  for (int s = 1; s < static_cast<int>(scopes.list.size()); ++s) {
    const Scope& scope = scopes.list[static_cast<std::size_t>(s)];
    const auto first = static_cast<std::size_t>(scope.begin);
    if (!scope.is_loop() || scope.parent != 0 || !runs[first]) continue;
    LstmMatch match(graph, links, scopes, s);
    try {
      match.match(*runs[first]);
    } catch (const LstmMatch::NoLstm&) {
      continue;
    }
    const std::string name = graph.nodes[first].name;
    ValueId as = kNoValue;
    if (match.collected != kNoValue) {
      Value whole{.name = graph[match.collected].name, .type = graph[match.collected].type};
      as = graph.add(std::move(whole));
      replace_uses(graph, match.collected, as);
    }
    std::vector<Node> nodes = layer(graph, match, name, as);
    const auto begin = graph.nodes.begin() + scope.begin;
    graph.nodes.erase(begin, graph.nodes.begin() + scope.end + 1);
    graph.nodes.insert(graph.nodes.begin() + scope.begin, nodes.begin(), nodes.end());
    // What else the loop changed is read by nobody any more.
    std::vector<char> dead(graph.nodes.size(), 0), read(graph.values.size(), 0);
    for (const Node& node : graph.nodes) {
      for (std::size_t i = node.op.is<AssignVariable>() ? 1 : 0; i < node.inputs.size(); ++i) {
        if (node.inputs[i] != kNoValue) read[static_cast<std::size_t>(node.inputs[i])] = 1;
      }
    }
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
      const Node& node = graph.nodes[n];
      const auto to = node.op.is<AssignVariable>() ? static_cast<std::size_t>(node.inputs[0]) : 0;
      // The variable that collected the outputs was renamed in its own assignment as well.
      dead[n] = node.op.is<AssignVariable>() && (!read[to] || node.inputs[0] == as);
    }
    remove_nodes(graph, dead);
    return true;
  }
  return false;
}

}  // namespace

void recognise_recurrent(Graph& graph) {
  while (replace_one(graph)) {
  }
}

}  // namespace mirim
