#include "mirim/ops/while.hpp"

#include "mirim/base/error.hpp"
#include "mirim/graph/scopes.hpp"
#include "mirim/ops/all.hpp"

namespace mirim {
namespace {

[[noreturn]] void fail_unresolved() { fail_unsupported("the graphs that it runs are not resolved"); }

}  // namespace

std::vector<TensorType> While::infer(Types) const { fail_unresolved(); }
void While::forward(Inputs, Outputs) const { fail_unresolved(); }
void While::options(Options& o) {
  o.field(0, "cond_subgraph_index", cond_subgraph_index, 0);
  o.field(1, "body_subgraph_index", body_subgraph_index, 0);
}

std::vector<TensorType> If::infer(Types) const { fail_unresolved(); }
void If::forward(Inputs, Outputs) const { fail_unresolved(); }
void If::options(Options& o) {
  o.field(0, "then_subgraph_index", then_subgraph_index, 0);
  o.field(1, "else_subgraph_index", else_subgraph_index, 0);
}

template <>
Op default_op<While>() {
  return While{};
}
template <>
Op default_op<If>() {
  return If{};
}
template <>
Op default_op<Loop>() {
  return Loop{};
}
template <>
Op default_op<LoopWhile>() {
  return LoopWhile{};
}
template <>
Op default_op<LoopEnd>() {
  return LoopEnd{};
}
template <>
Op default_op<Branch>() {
  return Branch{};
}
template <>
Op default_op<BranchElse>() {
  return BranchElse{};
}
template <>
Op default_op<BranchEnd>() {
  return BranchEnd{};
}

}  // namespace mirim
