#include "mirim/passes/float16_weights.hpp"

#include <algorithm>
#include <cmath>

#include "mirim/base/float16.hpp"
#include "mirim/graph/opaque.hpp"
#include "mirim/ops/dequantize.hpp"

namespace mirim {
namespace {

bool fits(const Value& value) {
  if (!value.is_constant() || value.type.dtype != DType::float32) return false;
  const auto values = value.values<float>();
  constexpr float kFirstInfinite = 65520;
  return static_cast<std::int64_t>(values.size()) >= kSmallForFloat16 &&
         std::ranges::all_of(values, [](float x) { return std::fabs(x) < kFirstInfinite; });
}

}  // namespace

void narrow_to_float16(Graph& graph) {
  const std::size_t count = graph.values.size();
  std::vector<Node> nodes;
  std::vector<ValueId> wide(count, kNoValue);
  for (const Node& node : graph.nodes) {
    Node changed = node;
    for (ValueId& id : changed.inputs) {
      if (id == kNoValue || node.op.is<Opaque>() || !fits(graph[id])) continue;
      ValueId& widened = wide[static_cast<std::size_t>(id)];
      if (widened == kNoValue) {
        Value half = graph[id];
        std::vector<std::uint16_t> bits;
        for (const float x : half.values<float>()) bits.push_back(float_to_float16(x));
        half.type.dtype = DType::float16;
        half.constant = make_constant(bits);
        half.form.reset();
        half.extras = {};
        const ValueId narrow = graph.add(std::move(half));
        widened = graph.add(Value{.name = graph[id].name + "_dequantize", .type = graph[id].type});
        nodes.push_back({.op = Dequantize{}, .inputs = {narrow}, .outputs = {widened}});
      }
      id = widened;
    }
    nodes.push_back(std::move(changed));
  }
  graph.nodes = std::move(nodes);
  remove_unused_values(graph);
}

}  // namespace mirim
