#include "mirim/compress/stored_bytes.hpp"

#include <algorithm>

namespace mirim {

std::vector<StoredConstant> stored_constants(const Graph& graph) {
  std::vector<StoredConstant> all;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const ValueId id = node.inputs[i];
      if (id == kNoValue || !graph[id].is_constant() || node.op.role(i).kind == OperandRole::Kind::index) continue;
      if (std::ranges::find(all, id, &StoredConstant::value) != all.end()) continue;
      const Value& value = graph[id];
      Stored stored = smallest(value);
      // A bias has the scales of input and weights, which are counted there.
      if (value.type.dtype == DType::int8) {
        stored.bytes += static_cast<std::int64_t>(4 * value.quantization.scale.size());
      }
      all.push_back({id, static_cast<int>(n), stored});
    }
  }
  return all;
}

std::int64_t stored_bytes(const Graph& graph) {
  std::int64_t bytes = 0;
  for (const StoredConstant& constant : stored_constants(graph)) bytes += constant.stored.bytes;
  return bytes;
}

}  // namespace mirim
