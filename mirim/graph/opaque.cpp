#include "mirim/graph/opaque.hpp"

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

[[noreturn]] void refuse() {
  fail_unsupported("mirim has no such operator: it can be shown and written again, not run");
}

}  // namespace

std::vector<TensorType> Opaque::infer(Types) const { refuse(); }

Cost Opaque::cost(Types) const { refuse(); }

void Opaque::forward(Inputs, Outputs) const { refuse(); }

void Opaque::options(Options& o) {
  o.field(0, "subgraph_indices", subgraph_indices);
  o.field(1, "content", content);
}

}  // namespace mirim
