#include "mirim/passes/require_integer.hpp"

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

bool is_float(DType dtype) {
  return dtype == DType::float32 || dtype == DType::float16 || dtype == DType::float64 || dtype == DType::bfloat16;
}

}  // namespace

void require_integer(const Graph& graph) {
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const auto check = [&](const std::vector<ValueId>& ids, std::string_view verb) {
      for (const ValueId id : ids) {
        if (id == kNoValue || !is_float(graph[id].type.dtype)) continue;
        fail("{} {} floats ('{}' is {}); quantize the model to int8 first", describe(graph, static_cast<int>(n)), verb,
             graph[id].name, name(graph[id].type.dtype));
      }
    };
    check(graph.nodes[n].inputs, "reads");
    check(graph.nodes[n].outputs, "makes");
  }
}

}  // namespace mirim
