#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/graph/known_values.hpp"
#include "mirim/ops/recurrent.hpp"

namespace mirim {
namespace {

/// The constant shape that an operator is given for its result: of RESHAPE or TRANSPOSE_CONV. If it starts with the old
/// batch, as the input's does, samples are kept apart.
void rebatch_shape(Graph& graph, std::size_t n, std::int64_t old_batch, std::int64_t batch) {
  const Node& node = graph.nodes[n];
  const std::string_view op = node.op.name();
  if (op != "RESHAPE" && op != "TRANSPOSE_CONV") return;
  const std::size_t operand = op == "RESHAPE" ? 1 : 0;
  if (node.inputs.size() <= operand || node.inputs[operand] == kNoValue) return;
  const Value& shape = graph[node.inputs[operand]];
  if (!shape.is_constant() || shape.type.dtype != DType::int32) return;
  const auto values = shape.values<std::int32_t>();
  if (values.empty() || values[0] != old_batch) return;
  std::vector<std::int32_t> changed(values.begin(), values.end());
  changed[0] = static_cast<std::int32_t>(batch);
  Value value = shape;  // another node may share the old one
  value.constant = make_constant(changed);
  graph.nodes[n].inputs[operand] = graph.add(std::move(value));
}

[[noreturn]] void refuse(const Value& variable, std::int64_t batch) {
  fail("keeps '{}' from sample to sample, so it cannot run {} samples at a time", variable.name, batch);
}

/// If only the first dimension grows, samples stay apart, one after the other.
bool scaled(const Shape& before, std::int64_t old_batch, const Shape& after, std::int64_t batch) {
  if (before.rank() == 0 || before.rank() != after.rank()) return false;
  if (before[0] * batch != after[0] * old_batch) return false;
  return std::equal(before.begin() + 1, before.end(), after.begin() + 1, after.end());
}

/// The states of recurrent layers, [old_batch, ...], become [batch, ...], each sample's with the content of the first.
/// A variable that anything else uses carries something from sample to sample.
void rebatch_states(Graph& graph, std::int64_t old_batch, std::int64_t batch) {
  std::vector<char> own(graph.values.size(), 0);
  for (const Node& node : graph.nodes) {
    const auto operands = recurrent_operands(node.op);
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const ValueId id = node.inputs[i];
      if (id == kNoValue || !graph[id].variable) continue;
      char& state = own[static_cast<std::size_t>(id)];
      const auto at = static_cast<int>(i);
      const bool first = state == 0, kept = operands && at >= operands->state && at < operands->state_end;
      state = first && kept ? 1 : 2;
    }
  }
  for (std::size_t v = 0; v < graph.values.size(); ++v) {
    Value& value = graph.values[v];
    if (!value.variable) continue;
    Shape& shape = value.type.shape;
    if (own[v] != 1 || shape.rank() < 1 || shape[0] != old_batch) refuse(value, batch);
    const Bytes content = initial_content(value);
    const auto size = static_cast<std::ptrdiff_t>(content.size()) / old_batch;
    Bytes all;
    for (std::int64_t b = 0; b < batch; ++b) all.insert(all.end(), content.begin(), content.begin() + size);
    shape[0] = batch;
    value.constant = make_constant(std::move(all));
  }
}

}  // namespace

Graph rebatch(Graph graph, std::int64_t batch, States states) {
  if (batch < 1) fail("a batch must have at least 1 sample, not {}", batch);
  if (graph.inputs.empty()) return graph;
  std::int64_t old_batch = 0;
  for (const ValueId id : graph.inputs) {
    Shape& shape = graph[id].type.shape;
    if (shape.rank() == 0) fail("input '{}' is a scalar and has no batch", graph[id].name);
    old_batch = shape[0];
    shape[0] = batch;
  }
  if (old_batch == batch) return graph;
  if (states == States::of_each_sample) rebatch_states(graph, old_batch, batch);
  for (const Value& value : graph.values) {
    if (value.variable && states == States::kept) refuse(value, batch);
  }

  for (std::size_t n = 0; n < graph.nodes.size(); ++n) rebatch_shape(graph, n, old_batch, batch);
  KnownValues known(graph);
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    const std::string where = describe(graph, static_cast<int>(n));
    const auto types = in_context(fmt::format("{}, for a batch of {}", where, batch),
                                  [&] { return node.op.infer(known.operands(node.inputs)); });
    if (known.learn(node)) continue;  // a shape, not samples
    for (std::size_t i = 0; i < types.size() && i < node.outputs.size(); ++i) {
      if (node.outputs[i] == kNoValue) continue;
      Value& output = graph[node.outputs[i]];
      if (!scaled(output.type.shape, old_batch, types[i].shape, batch)) {
        fail("{}: its output {} does not grow with the batch, so it cannot run {} samples at a time", where,
             to_string(output.type.shape), batch);
      }
      output.type.shape = types[i].shape;
    }
  }
  return graph;
}

}  // namespace mirim
