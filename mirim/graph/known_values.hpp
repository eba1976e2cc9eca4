#pragma once

#include <vector>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// What is known of a graph's values before it runs: its constants, and what its nodes make of constants and of shapes
/// alone, where that is small. Keras writes a RESHAPE to "the batch by what is left" as SHAPE, STRIDED_SLICE and PACK
/// in front of it: its new shape is no constant in the file, and yet known once the input's shape is.
///
/// For one walk over the nodes in order: `operands` of a node, then `learn` from it. Borrows from the graph, whose
/// values may not grow in number meanwhile.
class KnownValues {
 public:
  explicit KnownValues(const Graph& graph) : graph_(graph), learned_(graph.values.size()) {}

  /// As operands(graph, ids), with the bytes that have been learned.
  std::vector<Operand> operands(const std::vector<ValueId>& ids) const;

  /// Computes the outputs of the node where all that it needs is known; true if so. Its inputs and the declared types
  /// of its outputs must be what its operator infers. Throws Error when the operator cannot run.
  bool learn(const Node& node);

  /// What has been learned of a value; null for one that is not known, and for a constant of the graph.
  const Constant& learned(ValueId id) const { return learned_[static_cast<std::size_t>(id)]; }

 private:
  bool known(ValueId id) const { return graph_[id].is_constant() || learned(id); }

  const Graph& graph_;
  std::vector<Constant> learned_;  // by ValueId
};

/// Whether the operator's result depends on the types of its inputs and not on their elements (SHAPE).
bool needs_types_only(const Op& op);

}  // namespace mirim
