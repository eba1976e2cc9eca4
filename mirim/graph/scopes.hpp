#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mirim/graph/graph.hpp"

/// Control flow in a runnable graph. TFLite's WHILE and IF call other graphs of the model. `resolve_calls`
/// (mirim/passes/) puts the nodes of those graphs between markers, so that a program is one list of nodes:
///
///   LOOP                       BRANCH(%condition)
///     ...                        ...
///   LOOP_WHILE(%condition)     BRANCH_ELSE
///     ...                        ...
///   LOOP_END                   BRANCH_END
///
/// What goes round a loop, or comes out of a branch, is a variable of the graph that ASSIGN_VARIABLE sets. Markers have
/// no results. They are no operators of a .tflite.
namespace mirim {

/// How often a loop goes round at most, if nothing else is said.
inline constexpr std::int32_t kMostRounds = 1'000'000;

/// What the six have in common.
struct Marker {
  static constexpr int tflite_code = -1;
  static constexpr int tflite_options = 0;
  static constexpr OperatorKind kind = OperatorKind::state;

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs, Outputs) const {}
  KernelCall lower(Types in, Types out) const;
  void options(Options&) {}
  bool operator==(const Marker&) const = default;
};

/// A marker with one input, a bool with one element.
struct ConditionMarker : Marker {
  std::vector<TensorType> infer(Types in) const;
  KernelCall lower(Types in, Types out) const;
  bool operator==(const ConditionMarker&) const = default;
};

/// The first node of a loop.
struct Loop : Marker {
  static constexpr std::string_view name = "LOOP";

  std::int32_t most_rounds = kMostRounds;  ///< a loop that goes on is an Error on the host; a device leaves it

  std::vector<TensorType> infer(Types in) const;
  void options(Options& o);
  bool operator==(const Loop&) const = default;
};

/// Leaves the loop unless its input is true.
struct LoopWhile : ConditionMarker {
  static constexpr std::string_view name = "LOOP_WHILE";
  bool operator==(const LoopWhile&) const = default;
};

/// Goes back to the first node of the loop.
struct LoopEnd : Marker {
  static constexpr std::string_view name = "LOOP_END";
  bool operator==(const LoopEnd&) const = default;
};

/// Runs what follows if its input is true, else what follows the BRANCH_ELSE.
struct Branch : ConditionMarker {
  static constexpr std::string_view name = "BRANCH";
  bool operator==(const Branch&) const = default;
};

struct BranchElse : Marker {
  static constexpr std::string_view name = "BRANCH_ELSE";
  bool operator==(const BranchElse&) const = default;
};

struct BranchEnd : Marker {
  static constexpr std::string_view name = "BRANCH_END";
  bool operator==(const BranchEnd&) const = default;
};

/// The six, for the text form. They are in no list of operators.
const OperatorTable& markers();

/// Whether it is one of them.
bool is_marker(const Op& op);

/// Nodes that run under the same circumstances: a loop, or one side of a branch, from its marker to the marker after
/// it.
struct Scope {
  int begin = -1;   ///< LOOP, BRANCH or BRANCH_ELSE; -1: the whole graph
  int end = -1;     ///< LOOP_END, BRANCH_ELSE or BRANCH_END; of the whole graph the number of nodes
  int leave = -1;   ///< LOOP_WHILE; -1 for others
  int parent = -1;  ///< index of the scope around it

  bool is_loop() const { return leave >= 0; }
};

struct Scopes {
  std::vector<Scope> list;  ///< the first is the whole graph; each comes after its parent
  std::vector<int> of;      ///< by node. The markers of a loop are in it, those of a branch in the scope around it

  /// Whether scope `inner` is `outer` or lies in it.
  bool within(int inner, int outer) const;
};

/// Throws Error that names the marker that has no partner, or the node that reads what is made in a scope that it is
/// not in.
Scopes find_scopes(const Graph& graph);

/// By ValueId: the variables that each run sets before it reads them, so that nothing is kept from run to run. Needs
/// sound scopes.
std::vector<char> set_before_read(const Graph& graph);

}  // namespace mirim
