#pragma once

#include <vector>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Values of a graph that are known before it runs: its constants, and small values computed from constants and shapes
/// alone. Keras writes a RESHAPE to [batch, rest] with SHAPE, STRIDED_SLICE and PACK before it: the new shape is no
/// constant in the file, but follows from the input's shape.
///
/// For one walk over the nodes in order: `operands` of a node, then `learn` from it. Borrows from the graph; no values
/// may be added meanwhile.
class KnownValues {
 public:
  explicit KnownValues(const Graph& graph) : graph_(graph), learned_(graph.values.size()) {}

  /// As operands(graph, ids), with the learned bytes.
  std::vector<Operand> operands(const std::vector<ValueId>& ids) const;

  /// Computes the outputs of the node if all its inputs are known; returns whether it did. Its inputs and the declared
  /// types of its outputs must be what its operator infers. Throws Error when the operator cannot run.
  bool learn(const Node& node);

  /// The learned bytes of a value; null if it is unknown or a constant of the graph.
  const Constant& learned(ValueId id) const { return learned_[static_cast<std::size_t>(id)]; }

 private:
  bool known(ValueId id) const { return graph_[id].is_constant() || learned(id); }

  const Graph& graph_;
  std::vector<Constant> learned_;  // by ValueId
};

/// Whether the operator's result depends only on the types of its inputs, not on their elements (SHAPE).
bool needs_types_only(const Op& op);

}  // namespace mirim
