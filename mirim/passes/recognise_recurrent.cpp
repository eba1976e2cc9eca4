#include "mirim/passes/recognise_recurrent.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "mirim/ops/activation.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/elementwise_unary.hpp"
#include "mirim/ops/gru.hpp"
#include "mirim/ops/recurrent.hpp"
#include "mirim/ops/reshape.hpp"
#include "mirim/ops/resource_variable.hpp"
#include "mirim/ops/unidirectional_sequence_lstm.hpp"
#include "mirim/ops/unidirectional_sequence_rnn.hpp"
#include "mirim/passes/loop_rounds.hpp"
#include "mirim/passes/make_batch_major.hpp"
#include "mirim/passes/recurrent_loop.hpp"
#include "mirim/passes/weighted.hpp"

namespace mirim {
namespace {

/// A loop as a layer: what its operator needs besides the sequence.
struct Layer {
  Op op;
  ValueId h = kNoValue, cell = kNoValue;  // variables; the cell of an LSTM only
  std::vector<LinearRows> gates{};        // in the operator's order
  std::vector<float> recurrent_bias{};    // of a GRU
};

/// One variable of the loop that may be the last output, and what becomes of it.
struct Candidate {
  ValueId variable, next;
};

void require(bool holds) { RecurrentLoop::require(holds); }

// The factor of a product beside `factor`; none if it is no product or has no such factor.
ValueId beside(const RecurrentLoop& loop, ValueId product, ValueId factor) {
  if (!loop.is_made_by_plain<Mul>(product)) return kNoValue;
  const auto& factors = loop.maker(product).inputs;
  if (factors[0] == factor) return factors[1];
  return factors[1] == factor ? factors[0] : kNoValue;
}

// Which factor of a product is a logistic gate: the gate's operand and the other factor.
std::pair<ValueId, ValueId> gate_and_other(const RecurrentLoop& loop, ValueId product) {
  require(loop.is_made_by_plain<Mul>(product));
  const auto& factors = loop.maker(product).inputs;
  const std::size_t logistic = loop.is_made_by<Logistic>(factors[0]) ? 0 : 1;
  return {loop.made_by<Logistic>(factors[logistic]).inputs[0], factors[1 - logistic]};
}

// h = logistic(o) * tanh(cell), cell = logistic(f) * cell + logistic(i) * tanh(n)
Layer match_lstm(RecurrentLoop& loop, const Candidate& candidate) {
  const auto [output_gate, content] = gate_and_other(loop, candidate.next);
  const ValueId next_cell = loop.made_by<Tanh>(content).inputs[0];
  Layer layer{.op = UnidirectionalSequenceLstm{.time_major = true}, .h = candidate.variable};
  for (const auto& [variable, source] : loop.assigned()) {
    if (source == next_cell && variable != candidate.variable) layer.cell = variable;
  }
  require(layer.cell != kNoValue && loop.graph()[layer.cell].type == loop.graph()[layer.h].type);
  require(loop.is_made_by_plain<Add>(next_cell));
  std::optional<LinearRows> forget, input, cell;
  for (const ValueId part : loop.maker(next_cell).inputs) {
    const auto [gate, other] = gate_and_other(loop, part);
    std::optional<LinearRows>& which = other == layer.cell ? forget : input;
    require(!which);
    which = loop.linear(gate);
    if (other != layer.cell) cell = loop.linear(loop.made_by<Tanh>(other).inputs[0]);
  }
  require(forget && input && cell);
  layer.gates = {*input, *forget, *cell, loop.linear(output_gate)};
  return layer;
}

/// h = z * h + (1 - z) * n, the parts of it.
struct Mixture {
  ValueId gate = kNoValue;  // of z = logistic(gate)
  ValueId candidate = kNoValue;
  bool inverted = false;  // z is the part of n
};

bool is_one(const Graph& graph, ValueId id) {
  return id != kNoValue && graph[id].is_constant() && graph[id].type.dtype == DType::float32 &&
         std::ranges::all_of(graph[id].values<float>(), [](float value) { return value == 1; });
}

// Whether a value is 1 - z.
bool is_rest_of(const RecurrentLoop& loop, ValueId id, ValueId z) {
  return loop.is_made_by_plain<Sub>(id) && loop.maker(id).inputs[1] == z &&
         is_one(loop.graph(), loop.maker(id).inputs[0]);
}

Mixture match_mixture(const RecurrentLoop& loop, const Candidate& candidate) {
  require(loop.is_made_by_plain<Add>(candidate.next));
  const auto& parts = loop.maker(candidate.next).inputs;
  const ValueId h = candidate.variable;
  for (const std::size_t i : {0U, 1U}) {
    const ValueId one = parts[i], other = parts[1 - i];
    if (!loop.is_made_by_plain<Mul>(one)) continue;
    // z * (h - n) + n
    for (const ValueId factor : loop.maker(one).inputs) {
      if (!loop.is_made_by_plain<Sub>(factor) || loop.maker(factor).inputs != std::vector<ValueId>{h, other}) continue;
      const ValueId z = beside(loop, one, factor);
      if (loop.is_made_by<Logistic>(z)) return {.gate = loop.maker(z).inputs[0], .candidate = other};
    }
    // The part with h, and the other with what is left.
    const ValueId share = beside(loop, one, h);
    if (share == kNoValue || !loop.is_made_by_plain<Mul>(other)) continue;
    for (const ValueId rest : loop.maker(other).inputs) {
      if (loop.is_made_by<Logistic>(share) && is_rest_of(loop, rest, share)) {
        return {.gate = loop.maker(share).inputs[0], .candidate = beside(loop, other, rest)};
      }
      if (loop.is_made_by<Logistic>(rest) && is_rest_of(loop, share, rest)) {
        return {.gate = loop.maker(rest).inputs[0], .candidate = beside(loop, other, rest), .inverted = true};
      }
    }
  }
  throw RecurrentLoop::NoLayer();
}

// 1 - logistic(x) = logistic(-x)
void negate(LinearRows& gate) {
  for (auto* part : {&gate.of_x, &gate.of_h, &gate.bias}) std::ranges::transform(*part, part->begin(), std::negate());
}

// h = z * h + (1 - z) * n, where n = tanh(of x and r * (R h + c)) or tanh(of x and R (r * h))
Layer match_gru(RecurrentLoop& loop, const Candidate& candidate) {
  const Mixture mixture = match_mixture(loop, candidate);
  Layer layer{.op = Gru{}, .h = candidate.variable};
  LinearRows update = loop.linear(mixture.gate);
  if (mixture.inverted) negate(update);
  LinearRows next = loop.linear(loop.made_by<Tanh>(mixture.candidate).inputs[0]);
  require(next.of_h.empty() && loop.gated().id != kNoValue);
  const LinearRows reset = loop.linear(loop.gated().gate);
  next.of_h = std::exchange(next.of_gated, {});
  const bool reset_after = loop.gated().other != layer.h;
  if (reset_after) {
    const LinearRows product = loop.linear(loop.gated().other);
    require(is_identity_matrix(next.of_h, next.rows) && product.of_x.empty() && product.of_gated.empty());
    next.of_h = product.of_h;
    layer.recurrent_bias = product.bias;
  }
  layer.op = Gru{.reset_after = reset_after, .time_major = true};
  layer.gates = {update, reset, next};
  return layer;
}

std::optional<Activation> activation_of(const Op& op) {
  if (op.is<Tanh>()) return Activation::tanh;
  if (op.is<Relu>()) return Activation::relu;
  if (op.is<Relu6>()) return Activation::relu6;
  return std::nullopt;
}

// h = tanh(of x and h), or clamped
Layer match_rnn(RecurrentLoop& loop, const Candidate& candidate) {
  const Node& last = loop.maker(candidate.next);
  const auto layer = [&](Activation activation, LinearRows gate) {
    return Layer{.op = UnidirectionalSequenceRnn{.time_major = true, .activation = activation},
                 .h = candidate.variable,
                 .gates = {std::move(gate)}};
  };
  if (const Add* add = last.op.as<Add>(); add && is_interval(add->activation) && last.inputs.size() == 2) {
    return layer(add->activation, loop.sum(last));
  }
  const auto activation = activation_of(last.op);
  require(activation.has_value());
  return layer(*activation, loop.linear(last.inputs[0]));
}

/// A loop that was recognised.
struct Match {
  Layer layer;
  RecurrentLoop loop;
};

using Matcher = Layer (*)(RecurrentLoop&, const Candidate&);

std::optional<Match> match(const Graph& graph, const Links& links, const Scopes& scopes, int scope, std::int64_t rounds,
                           std::span<const Matcher> matchers) {
  try {
    const RecurrentLoop whole(graph, links, scopes, scope);
    for (const auto& [variable, next] : whole.assigned()) {
      for (const Matcher make : matchers) {
        try {
          RecurrentLoop loop = whole;
          loop.set_output(variable);
          Layer layer = make(loop, {variable, next});
          std::vector<ValueId> states{layer.h};
          if (layer.cell != kNoValue) states.push_back(layer.cell);
          loop.finish(rounds, states);
          for (LinearRows& gate : layer.gates) loop.complete(gate);
          return Match{std::move(layer), std::move(loop)};
        } catch (const RecurrentLoop::NoLayer&) {
          continue;
        }
      }
    }
  } catch (const RecurrentLoop::NoLayer&) {
  }
  return std::nullopt;
}

// What the operator calls its gates.
std::span<const std::string_view> gate_names(const Op& op) {
  static constexpr std::array<std::string_view, 4> kLstm{"input", "forget", "cell", "output"};
  static constexpr std::array<std::string_view, 3> kGru{"update", "reset", "candidate"};
  static constexpr std::array<std::string_view, 1> kRnn{"unit"};
  if (op.is<Gru>()) return kGru;
  if (op.is<UnidirectionalSequenceRnn>()) return kRnn;
  return kLstm;
}

/// The operator's operands, but for the sequence.
std::vector<ValueId> operands_of(Graph& graph, const Layer& layer, const std::string& name, std::int64_t inputs) {
  const RecurrentOperands of = *recurrent_operands(layer.op);
  std::vector<ValueId> operands(static_cast<std::size_t>(of.count), kNoValue);
  const std::int64_t units = graph[layer.h].type.shape[1];
  const auto operand = [&](int first, std::size_t g = 0) -> ValueId& {
    return operands[static_cast<std::size_t>(first) + g];
  };
  for (std::size_t g = 0; g < layer.gates.size(); ++g) {
    const std::string gate = name + "/" + std::string(gate_names(layer.op)[g]);
    const LinearRows& rows = layer.gates[g];
    operand(of.weights, g) = add_constant(graph, gate + "/weights", {units, inputs}, rows.of_x);
    operand(of.recurrent, g) = add_constant(graph, gate + "/recurrent", {units, units}, rows.of_h);
    operand(of.bias, g) = add_constant(graph, gate + "/bias", {units}, rows.bias);
  }
  if (!layer.recurrent_bias.empty()) {
    operand(gru::kRecurrentBias) =
        add_constant(graph, name + "/candidate/recurrent_bias", {units}, layer.recurrent_bias);
  }
  operand(of.state) = layer.h;
  if (layer.cell != kNoValue) operand(lstm::kCell) = layer.cell;
  return operands;
}

bool is_zero(const Graph& graph, ValueId id) {
  return id != kNoValue && graph[id].is_constant() &&
         std::ranges::all_of(*graph[id].constant, [](std::byte b) { return b == std::byte{0}; });
}

// Whether a file can hold it: its state begins as after a reset, and its cell, which gets integers of its own, is read
// by nobody else.
bool fits_file(const Graph& graph, const Match& match) {
  const ValueId cell = match.layer.cell;
  return is_zero(graph, match.loop.first_of(match.layer.h)) &&
         (cell == kNoValue || (is_zero(graph, match.loop.first_of(cell)) && !match.loop.is_read_outside(cell)));
}

/// The nodes of the layer. `result` takes what was collected; none if nothing was.
std::vector<Node> nodes_of(Graph& graph, Match& found, const std::string& name, ValueId result, bool in_file) {
  Layer& layer = found.layer;
  const RecurrentLoop& loop = found.loop;
  const Shape x = graph[loop.sequence()].type.shape;
  const std::int64_t units = graph[layer.h].type.shape[1];
  std::vector<ValueId> operands = operands_of(graph, layer, name, x[2]);
  operands[0] = loop.sequence();
  const bool last_only = !loop.collects_all();
  const bool gives_last = last_only && !in_file && !layer.op.is<UnidirectionalSequenceRnn>();
  if (auto* gru = layer.op.as<Gru>()) {
    gru->last_only = gives_last;
    // It begins with zeros by itself.
    if (!loop.is_read_outside(layer.h) && is_zero(graph, loop.first_of(layer.h))) operands.resize(gru::kState);
  } else if (auto* lstm = layer.op.as<UnidirectionalSequenceLstm>()) {
    lstm->last_only = gives_last;
  }
  if (!last_only) return {{layer.op, operands, {result}, name}};
  const ValueId y = graph.add(Value{
      .name = name + "/output", .type = {DType::float32, gives_last ? Shape{x[1], units} : Shape{x[0], x[1], units}}});
  std::vector<Node> nodes{{layer.op, operands, {y}, name}};
  if (result != kNoValue) {
    const Shape& shape = graph[result].type.shape;
    const std::vector<std::int32_t> numbers(shape.begin(), shape.end());
    const ValueId as = add_indices(graph, name + "/shape", numbers);
    nodes.push_back({Reshape{.new_shape = numbers}, {gives_last ? y : layer.h, as}, {result}, name + "/as"});
  }
  return nodes;
}

// Assignments to variables that nobody reads any more, and to `result`, whose name was changed in its own.
void drop_assignments(Graph& graph, ValueId result) {
  std::vector<char> dead(graph.nodes.size(), 0), read(graph.values.size(), 0);
  for (const Node& node : graph.nodes) {
    for (std::size_t i = node.op.is<AssignVariable>() ? 1 : 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] != kNoValue) read[static_cast<std::size_t>(node.inputs[i])] = 1;
    }
  }
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    dead[n] =
        node.op.is<AssignVariable>() && (!read[static_cast<std::size_t>(node.inputs[0])] || node.inputs[0] == result);
  }
  remove_nodes(graph, dead);
}

// Replaces the first loop that is a layer; false if there is none.
bool replace_one(Graph& graph, std::span<const Matcher> matchers, bool in_file) {
  const Scopes scopes = find_scopes(graph);
  if (scopes.list.size() == 1) return false;
  const Links links(graph);
  const auto runs = runs_of_nodes(graph);
  for (int s = 1; s < static_cast<int>(scopes.list.size()); ++s) {
    const Scope scope = scopes.list[static_cast<std::size_t>(s)];
    const auto first = static_cast<std::size_t>(scope.begin);
    if (!scope.is_loop() || scope.parent != 0 || !runs[first]) continue;
    std::optional<Match> found = match(graph, links, scopes, s, *runs[first], matchers);
    if (!found || (in_file && !fits_file(graph, *found))) continue;
    const std::string name = graph.nodes[first].name;
    const ValueId collected = found->loop.collected();
    ValueId result = kNoValue;
    if (collected != kNoValue) {
      Value whole{.name = graph[collected].name, .type = graph[collected].type};
      result = graph.add(std::move(whole));
    }
    std::vector<Node> nodes = nodes_of(graph, *found, name, result, in_file);
    if (result != kNoValue) replace_uses(graph, collected, result);
    const auto begin = graph.nodes.begin() + scope.begin;
    graph.nodes.erase(begin, graph.nodes.begin() + scope.end + 1);
    graph.nodes.insert(graph.nodes.begin() + scope.begin, nodes.begin(), nodes.end());
    drop_assignments(graph, result);
    return true;
  }
  return false;
}

void replace_all(Graph& graph, std::span<const Matcher> matchers, bool in_file) {
  while (replace_one(graph, matchers, in_file)) {
  }
  make_batch_major(graph);
}

}  // namespace

void recognise_recurrent(Graph& graph) {
  constexpr std::array<Matcher, 3> kAll{&match_lstm, &match_gru, &match_rnn};
  replace_all(graph, kAll, false);
}

void recognise_gru(Graph& graph) {
  constexpr std::array<Matcher, 1> kGru{&match_gru};
  replace_all(graph, kGru, false);
}

void recognise_lstm(Graph& graph) {
  constexpr std::array<Matcher, 1> kLstm{&match_lstm};
  replace_all(graph, kLstm, true);
}

}  // namespace mirim
