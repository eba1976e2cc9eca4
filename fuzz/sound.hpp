#pragma once

#include "mirim/base/error.hpp"
#include "mirim/graph/graph.hpp"
#include "mirim/graph/verify.hpp"

/// What the harnesses ask of any graph that a reader let through: verify answers, and where it finds nothing wrong,
/// every operator can be counted and lowered, or says why not.
inline void ask_everything(const mirim::Graph& graph) {
  if (!mirim::verify(graph).empty()) return;
  for (const mirim::Node& node : graph.nodes) {
    const auto in = mirim::operands(graph, node.inputs), out = mirim::operands(graph, node.outputs);
    try {
      node.op.cost(in);
      node.op.lower(in, out);
    } catch (const mirim::Error&) {
    }
  }
}
