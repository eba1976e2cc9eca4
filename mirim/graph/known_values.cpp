#include "mirim/graph/known_values.hpp"

#include <algorithm>

namespace mirim {
namespace {

// Shapes, axes, positions and what compares them are a few numbers. Larger values are data.
constexpr std::int64_t kMostBytes = 1024;

bool is_small_integer(const Value& value) {
  const DType dtype = value.type.dtype;
  const bool fits = dtype == DType::int32 || dtype == DType::int64 || dtype == DType::boolean;
  return fits && value.type.bytes() <= kMostBytes;
}

}  // namespace

bool needs_types_only(const Op& op) { return op.name() == "SHAPE" || op.name() == "RANK"; }

std::vector<Operand> KnownValues::operands(const std::vector<ValueId>& ids) const {
  std::vector<Operand> result = mirim::operands(graph_, ids);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] != kNoValue && learned(ids[i])) result[i].constant = *learned(ids[i]);
  }
  return result;
}

bool KnownValues::learn(const Node& node) {
  const bool small = std::ranges::all_of(
      node.outputs, [&](ValueId id) { return id != kNoValue && is_small_integer(graph_[id]) && !graph_[id].variable; });
  const bool types_only = needs_types_only(node.op);
  const bool computable = !node.inputs.empty() && std::ranges::all_of(node.inputs, [&](ValueId id) {
    return id == kNoValue || types_only || (known(id) && !graph_[id].variable && is_small_integer(graph_[id]));
  });
  if (!small || !computable || node.outputs.empty()) return false;

  std::vector<ConstTensorView> x;
  for (const Operand& operand : operands(node.inputs))
    x.push_back({operand.type, operand.quantization, operand.constant});
  std::vector<Tensor> results;
  for (const ValueId id : node.outputs) results.emplace_back(graph_[id].type, graph_[id].quantization);
  std::vector<TensorView> y;
  for (Tensor& tensor : results) y.push_back(tensor.view());
  node.op.forward(Inputs(x), Outputs(y));
  for (std::size_t i = 0; i < results.size(); ++i) {
    learned_[static_cast<std::size_t>(node.outputs[i])] = make_constant(std::move(results[i].bytes));
  }
  return true;
}

}  // namespace mirim
