#include "mirim/ops/while.hpp"

#include "mirim/base/error.hpp"
#include "mirim/ops/all.hpp"

namespace mirim {
namespace {

[[noreturn]] void fail_unresolved(std::string_view op) {
  fail_unsupported("{}: the graphs that it runs are not resolved", op);
}

}  // namespace

std::vector<TensorType> While::infer(Types) const { fail_unresolved(name); }
void While::forward(Inputs, Outputs) const { fail_unresolved(name); }
void While::options(Options& o) {
  o.field(0, "cond_subgraph_index", cond_subgraph_index, 0);
  o.field(1, "body_subgraph_index", body_subgraph_index, 0);
}

std::vector<TensorType> If::infer(Types) const { fail_unresolved(name); }
void If::forward(Inputs, Outputs) const { fail_unresolved(name); }
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

}  // namespace mirim
