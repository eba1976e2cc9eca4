#pragma once

#include <string>

#include "mirim/graph/op.hpp"

/// TFLite's resource variables: state that a model's operators refer to by a handle. In a file the handle is a value of
/// dtype resource; `resolve_variables` (mirim/passes/) replaces it by a variable of the graph, and only that form runs.
/// VAR_HANDLE and CALL_ONCE are then gone.
namespace mirim {

/// The handle of the variable named by `container` and `shared_name`. TFLite's VAR_HANDLE.
struct VarHandle {
  static constexpr std::string_view name = "VAR_HANDLE";
  static constexpr int tflite_code = 142;
  static constexpr int tflite_options = 111;
  static constexpr OperatorKind kind = OperatorKind::state;

  std::string container{};
  std::string shared_name{};

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types) const { return {}; }
  void forward(Inputs x, Outputs y) const;
  void options(Options& o);
  bool operator==(const VarHandle&) const = default;
};

/// y = the variable's current content. Input: the variable (a handle in a file). TFLite's READ_VARIABLE.
struct ReadVariable {
  static constexpr std::string_view name = "READ_VARIABLE";
  static constexpr int tflite_code = 143;
  static constexpr int tflite_options = 112;
  static constexpr OperatorKind kind = OperatorKind::state;

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options&) {}
  bool operator==(const ReadVariable&) const = default;
};

/// Sets the variable's content to x. Inputs: the variable (a handle in a file), x of its type; no output. TFLite's
/// ASSIGN_VARIABLE.
struct AssignVariable {
  static constexpr std::string_view name = "ASSIGN_VARIABLE";
  static constexpr int tflite_code = 144;
  static constexpr int tflite_options = 113;
  static constexpr OperatorKind kind = OperatorKind::state;

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  std::vector<int> variables(Types) const { return {0}; }
  KernelCall lower(Types in, Types out) const;
  void options(Options&) {}
  bool operator==(const AssignVariable&) const = default;
};

/// Runs another graph of the model, in the first run only, which initialises variables. No inputs or outputs. TFLite's
/// CALL_ONCE.
struct CallOnce {
  static constexpr std::string_view name = "CALL_ONCE";
  static constexpr int tflite_code = 129;
  static constexpr int tflite_options = 103;
  static constexpr OperatorKind kind = OperatorKind::state;

  std::int32_t init_subgraph_index = 0;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types) const { return {}; }
  void forward(Inputs x, Outputs y) const;
  void options(Options& o);
  bool operator==(const CallOnce&) const = default;
};

}  // namespace mirim
