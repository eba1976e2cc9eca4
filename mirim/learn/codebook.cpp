#include "mirim/learn/codebook.hpp"

#include "mirim/base/error.hpp"

namespace mirim {

Codebook codebook_layer(const Graph& graph, std::string_view rule) {
  const ValueId vectors = constant_of_layer(graph, "/vectors", rule, "codebook");
  for (const Node& node : graph.nodes) {
    if (node.op.name() != "FULLY_CONNECTED" || node.inputs[1] != vectors) continue;
    const Shape& shape = graph[vectors].type.shape;
    return {.input = node.inputs[0],
            .vectors = vectors,
            .offsets = node.inputs[2],
            .units = shape[0],
            .features = shape[1]};
  }
  fail("rule '{}' needs a layer of type codebook, the model has none", rule);
}

void set_codebook(Graph& graph, const Codebook& layer, const Rows& vectors) {
  std::vector<float> offsets;
  for (std::int64_t u = 0; u < layer.units; ++u) {
    double norm = 0;
    for (const float v : vectors[u]) norm += static_cast<double>(v) * static_cast<double>(v);
    offsets.push_back(static_cast<float>(-norm / 2));
  }
  set_constant(graph, layer.vectors, vectors.values);
  set_constant(graph, layer.offsets, offsets);
}

}  // namespace mirim
