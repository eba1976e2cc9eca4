#pragma once

#include "mirim/graph/op.hpp"

/// Operators that run other graphs of the model. What their results are is known only with these at hand:
/// `resolve_calls` (mirim/passes/) puts the nodes of those graphs in their place, and only that form runs.
namespace mirim {

/// Runs graph `body_subgraph_index` on its own results, at first on the inputs, as long as graph `cond_subgraph_index`
/// gives true for them. Any inputs, outputs of the same types. TFLite's WHILE.
struct While {
  static constexpr std::string_view name = "WHILE";
  static constexpr int tflite_code = 119;
  static constexpr int tflite_options = 93;
  static constexpr OperatorKind kind = OperatorKind::state;

  std::int32_t cond_subgraph_index = 0;
  std::int32_t body_subgraph_index = 0;

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void options(Options& o);
  bool operator==(const While&) const = default;
};

/// Runs graph `then_subgraph_index` or, if input 0 is false, graph `else_subgraph_index` on the other inputs. Both give
/// as many outputs of the same types. TFLite's IF.
struct If {
  static constexpr std::string_view name = "IF";
  static constexpr int tflite_code = 118;
  static constexpr int tflite_options = 92;
  static constexpr OperatorKind kind = OperatorKind::state;

  std::int32_t then_subgraph_index = 0;
  std::int32_t else_subgraph_index = 0;

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void options(Options& o);
  bool operator==(const If&) const = default;
};

}  // namespace mirim
