#include "mirim/graph/opaque.hpp"

#include "mirim/base/error.hpp"

namespace mirim {

std::vector<TensorType> Opaque::infer(Types) const { fail_unsupported("{}", reason); }

Cost Opaque::cost(Types) const { fail_unsupported("{}", reason); }

void Opaque::forward(Inputs, Outputs) const { fail_unsupported("{}", reason); }

void Opaque::options(Options& o) {
  o.field(0, "subgraph_indices", subgraph_indices);
  o.field(1, "content", content);
}

}  // namespace mirim
