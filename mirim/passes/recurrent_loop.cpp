#include "mirim/passes/recurrent_loop.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

#include "mirim/ops/concatenation.hpp"
#include "mirim/ops/dynamic_update_slice.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/elementwise_unary.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/ops/gather.hpp"
#include "mirim/ops/pack.hpp"
#include "mirim/ops/reshape.hpp"
#include "mirim/ops/resource_variable.hpp"

namespace mirim {
namespace {

// Larger layers stay loops: what they are in one step is not multiplied out.
constexpr std::int64_t kMostUnits = 1 << 14, kMostInputs = 1 << 11, kMostProducts = std::int64_t{1} << 30;

std::vector<float> rows_of(const std::vector<float>& all, std::int64_t rows, const std::vector<std::int64_t>& which) {
  std::vector<float> result;
  const std::int64_t columns = all.empty() ? 0 : static_cast<std::int64_t>(all.size()) / rows;
  for (const std::int64_t row : which) {
    result.insert(result.end(), all.begin() + row * columns, all.begin() + (row + 1) * columns);
  }
  return result;
}

std::vector<float> identity(std::int64_t size) {
  std::vector<float> result(static_cast<std::size_t>(size * size), 0);
  for (std::int64_t i = 0; i < size; ++i) result[static_cast<std::size_t>(i * size + i)] = 1;
  return result;
}

std::vector<float> product(std::span<const float> weights, const std::vector<float>& right, std::int64_t rows,
                           std::int64_t inner) {
  if (right.empty()) return {};
  const std::int64_t columns = static_cast<std::int64_t>(right.size()) / inner;
  if (columns == inner && is_identity_matrix(right, inner)) return {weights.begin(), weights.end()};
  RecurrentLoop::require(rows * inner * columns <= kMostProducts);
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

}  // namespace

bool is_identity_matrix(const std::vector<float>& matrix, std::int64_t size) { return matrix == identity(size); }

RecurrentLoop::RecurrentLoop(const Graph& graph, const Links& links, const Scopes& scopes, int scope)
    : graph_(graph), links_(links), scopes_(scopes), scope_(scope) {
  find_assignments();
  find_counters();
}

bool RecurrentLoop::is_inside(int node) const {
  return node >= 0 && scopes_.of[static_cast<std::size_t>(node)] == scope_;
}

const Node& RecurrentLoop::maker(ValueId id) const {
  const int n = links_.producer(id);
  require(is_inside(n));
  return node(n);
}

std::int64_t RecurrentLoop::last_axis(ValueId id) const {
  const Shape& shape = graph_[id].type.shape;
  require(shape.rank() > 0);
  return shape[shape.rank() - 1];
}

void RecurrentLoop::find_assignments() {
  const Scope& scope = scopes_.list[static_cast<std::size_t>(scope_)];
  for (int n = scope.begin + 1; n < scope.end; ++n) {
    require(n == scope.leave || !is_marker(node(n).op));
    if (!node(n).op.is<AssignVariable>()) continue;
    require(assigned_.emplace(node(n).inputs[0], node(n).inputs[1]).second);
  }
}

// The variables that count the steps from 0 on.
void RecurrentLoop::find_counters() {
  for (const auto& [variable, source] : assigned_) {
    if (graph_[variable].type.dtype != DType::int32 || graph_[variable].type.shape.elements() != 1) continue;
    if (!is_made_by_plain<Add>(source) || maker(source).inputs[0] != variable) continue;
    if (is_constant(maker(source).inputs[1], 1) && is_constant(first_of(variable), 0)) counters_.push_back(variable);
  }
  require(!counters_.empty());
}

bool RecurrentLoop::is_counter(ValueId id) const { return std::ranges::find(counters_, id) != counters_.end(); }

bool RecurrentLoop::is_constant(ValueId id, std::int32_t number) const {
  return id != kNoValue && graph_[id].is_constant() && graph_[id].type.dtype == DType::int32 &&
         graph_[id].type.shape.elements() == 1 && graph_[id].values<std::int32_t>()[0] == number;
}

ValueId RecurrentLoop::first_of(ValueId variable) const {
  ValueId first = kNoValue;
  for (int n = 0; n < scopes_.list[static_cast<std::size_t>(scope_)].begin; ++n) {
    if (node(n).op.is<AssignVariable>() && node(n).inputs[0] == variable) first = node(n).inputs[1];
  }
  return first;
}

bool RecurrentLoop::is_read_outside(ValueId id) const {
  for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
    if (is_inside(static_cast<int>(n))) continue;
    const auto& inputs = graph_.nodes[n].inputs;
    const std::ptrdiff_t first = graph_.nodes[n].op.is<AssignVariable>() ? 1 : 0;  // what it sets it does not read
    if (std::find(inputs.begin() + first, inputs.end(), id) != inputs.end()) return true;
  }
  return std::ranges::find(graph_.outputs, id) != graph_.outputs.end();
}

void RecurrentLoop::set_output(ValueId h) {
  require(graph_[h].type.shape.rank() == 2 && graph_[h].type.dtype == DType::float32);
  h_ = h;
}

LinearRows RecurrentLoop::linear(ValueId id) {
  if (const auto known = linears_.find(id); known != linears_.end()) return known->second;
  LinearRows result = compute(id);
  return linears_.emplace(id, std::move(result)).first->second;
}

LinearRows RecurrentLoop::compute(ValueId id) {
  require(id != kNoValue && graph_[id].type.dtype == DType::float32);
  LinearRows result{.rows = last_axis(id)};
  require(result.rows <= kMostUnits);
  if (id == h_) {
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
            is_counter(n.inputs[1]));
    require(sequence_ == kNoValue || sequence_ == n.inputs[0]);
    sequence_ = n.inputs[0];
    require(!graph_[sequence_].variable && !is_inside(links_.producer(sequence_)));
    require(result.rows <= kMostInputs);
    result.of_x = identity(result.rows);
  } else if (is_plain<Add>(n)) {
    result = sum(n);
  } else if (n.op.is<FullyConnected>()) {
    result = dense(n, result.rows);
  } else if (take_gated(n, id)) {
    result.of_gated = identity(result.rows);
  } else {
    result = moved(n, id);
  }
  return result;
}

LinearRows RecurrentLoop::sum(const Node& n) {
  LinearRows result{.rows = last_axis(n.outputs[0])};
  for (const ValueId part : n.inputs) {
    const LinearRows more = linear(part);
    require(more.rows == result.rows);
    add_to(result.of_x, more.of_x);
    add_to(result.of_h, more.of_h);
    add_to(result.of_gated, more.of_gated);
    add_to(result.bias, more.bias);
  }
  return result;
}

LinearRows RecurrentLoop::dense(const Node& n, std::int64_t rows) {
  const Value& matrix = graph_[n.inputs[1]];
  require(n.op.as<FullyConnected>()->activation == Activation::none && matrix.is_constant() &&
          matrix.type.dtype == DType::float32);
  const LinearRows inner = linear(n.inputs[0]);
  const auto weights = matrix.values<float>();
  require(matrix.type.shape[1] == inner.rows);
  LinearRows result{.rows = rows,
                    .of_x = product(weights, inner.of_x, rows, inner.rows),
                    .of_h = product(weights, inner.of_h, rows, inner.rows),
                    .of_gated = product(weights, inner.of_gated, rows, inner.rows),
                    .bias = product(weights, inner.bias, rows, inner.rows)};
  if (n.inputs.size() > 2 && n.inputs[2] != kNoValue) {
    require(graph_[n.inputs[2]].is_constant());
    const auto bias = graph_[n.inputs[2]].values<float>();
    add_to(result.bias, {bias.begin(), bias.end()});
  }
  return result;
}

// What an operator makes of 1, 2, 3 ... in the elements of `from`, times a sign.
std::vector<float> RecurrentLoop::moved_numbers(const Node& n, ValueId id, ValueId from, float sign) const {
  Tensor numbers(graph_[from].type);
  float number = 0;
  for (float& element : numbers.as<float>()) element = sign * ++number;
  std::vector<ConstTensorView> in;
  for (const ValueId input : n.inputs) {
    if (input == kNoValue) {
      in.emplace_back();
    } else if (input == from) {
      in.push_back(std::as_const(numbers).view());
    } else {
      in.push_back({&graph_[input].type, &graph_[input].quantization, *graph_[input].constant});
    }
  }
  std::vector<Tensor> results;
  for (const ValueId output : n.outputs) results.emplace_back(graph_[output].type);
  std::vector<TensorView> out;
  for (Tensor& result : results) out.push_back(result.view());
  n.op.forward(Inputs(in), Outputs(out));
  const auto which = static_cast<std::size_t>(std::ranges::find(n.outputs, id) - n.outputs.begin());
  const auto values = results[which].as<float>();
  return {values.begin(), values.end()};
}

// Rows that an operator takes from a value: SPLIT, SLICE, RESHAPE and others. It is run on the numbers of the rows.
LinearRows RecurrentLoop::moved(const Node& n, ValueId id) {
  require(n.op.kind() == OperatorKind::move);
  ValueId from = kNoValue;
  for (const ValueId input : n.inputs) {
    if (input == kNoValue || graph_[input].is_constant()) continue;
    require(from == kNoValue && graph_[input].type.dtype == DType::float32);
    from = input;
  }
  require(from != kNoValue && graph_[from].type.shape.elements() == batches() * last_axis(from));
  // On the numbers and on their negatives, so that nothing else, like padding, looks like one.
  const std::vector<float> numbers = moved_numbers(n, id, from, 1), negatives = moved_numbers(n, id, from, -1);
  const LinearRows all = linear(from);
  const std::int64_t rows = last_axis(id);
  require(graph_[id].type.shape.elements() == batches() * rows && batches() * all.rows < (1 << 24));
  std::vector<std::int64_t> which;
  for (std::int64_t i = 0; i < batches() * rows; ++i) {
    const float found = numbers[static_cast<std::size_t>(i)];
    const std::int64_t number = static_cast<std::int64_t>(found) - 1;
    require(found == -negatives[static_cast<std::size_t>(i)]);
    if (i < rows) which.push_back(number);
    // Each batch takes the same rows of its own.
    require(number >= 0 && number / all.rows == i / rows &&
            number % all.rows == which[static_cast<std::size_t>(i % rows)]);
  }
  return {.rows = rows,
          .of_x = rows_of(all.of_x, all.rows, which),
          .of_h = rows_of(all.of_h, all.rows, which),
          .of_gated = rows_of(all.of_gated, all.rows, which),
          .bias = rows_of(all.bias, all.rows, which)};
}

bool RecurrentLoop::take_gated(const Node& n, ValueId id) {
  if (!is_plain<Mul>(n)) return false;
  const std::size_t logistic = is_made_by<Logistic>(n.inputs[0]) ? 0 : 1;
  require(gated_.id == kNoValue);
  gated_ = {.id = id, .gate = made_by<Logistic>(n.inputs[logistic]).inputs[0], .other = n.inputs[1 - logistic]};
  return true;
}

void RecurrentLoop::finish(std::int64_t rounds, const std::vector<ValueId>& states) {
  require(sequence_ != kNoValue && graph_[sequence_].type.shape.rank() == 3 &&
          graph_[sequence_].type.shape[0] == rounds && graph_[sequence_].type.shape[1] == batches());
  const std::vector<char> temporary = set_before_read(graph_);
  for (const auto& [variable, source] : assigned_) require(temporary[static_cast<std::size_t>(variable)] != 0);
  for (const auto& [variable, source] : assigned_) {
    if (std::ranges::find(states, variable) != states.end()) continue;
    if (graph_[variable].type.dtype == DType::int32) {
      require(!is_read_outside(variable));  // a counter
    } else {
      require(collected_ == kNoValue && collects(variable, source));
      collected_ = variable;
    }
  }
}

// Whether the variable is set to the outputs of all steps so far, or to the last.
bool RecurrentLoop::collects(ValueId variable, ValueId source) {
  const auto is_h = [&](ValueId id) {
    return id == assigned_.at(h_) || (is_made_by<Reshape>(id) && maker(id).inputs[0] == assigned_.at(h_));
  };
  if (is_h(source)) return true;
  if (!is_made_by<DynamicUpdateSlice>(source)) return false;
  const Node& n = maker(source);
  collects_all_ = true;
  const Shape &all = graph_[variable].type.shape, &x = graph_[sequence_].type.shape;
  const Shape one{1, batches(), units()};
  return n.inputs[0] == variable && is_h(n.inputs[1]) && graph_[n.inputs[1]].type.shape == one &&
         all == Shape{x[0], one[1], one[2]} && begins_at_counter(n.inputs[2]);
}

// [counter, 0, 0]
bool RecurrentLoop::begins_at_counter(ValueId id) const {
  if (!is_made_by<Concatenation>(id) && !is_made_by<Pack>(id)) return false;
  const auto& parts = maker(id).inputs;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (!graph_[parts[i]].is_constant() || graph_[parts[i]].type.dtype != DType::int32) return false;
    for (const std::int32_t zero : graph_[parts[i]].values<std::int32_t>()) {
      if (zero != 0) return false;
    }
  }
  return is_counter(is_made_by<Reshape>(parts[0]) ? maker(parts[0]).inputs[0] : parts[0]);
}

void RecurrentLoop::complete(LinearRows& gate) const {
  const std::int64_t inputs = last_axis(sequence_);
  require(gate.rows == units() && gate.of_gated.empty());
  const auto fill = [&](std::vector<float>& part, std::int64_t columns) {
    const auto size = static_cast<std::size_t>(units() * columns);
    if (part.empty()) part.assign(size, 0);
    require(part.size() == size);
  };
  fill(gate.of_x, inputs);
  fill(gate.of_h, units());
  fill(gate.bias, 1);
}

}  // namespace mirim
