#include "mirim/recipe/fold_job.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/graph/signatures.hpp"
#include "mirim/passes/batch_norm_metadata.hpp"
#include "mirim/passes/eliminate_common_nodes.hpp"
#include "mirim/passes/expand_activations.hpp"
#include "mirim/passes/fold_batch_norm.hpp"
#include "mirim/passes/fuse_activation.hpp"
#include "mirim/passes/fuse_pad.hpp"
#include "mirim/passes/simplify.hpp"
#include "mirim/passes/zero_bias.hpp"

namespace mirim {

Model fold(Model model) {
  const Graph& graph = model.main();
  const auto is_float = [&](ValueId id) { return graph[id].type.dtype == DType::float32; };
  if (!graph.inputs.empty() && std::ranges::none_of(graph.inputs, is_float)) {
    fail("the model's inputs are {}; fold takes a float model", name(graph[graph.inputs[0]].type.dtype));
  }
  restore_batch_norm(model);
  keep_signatures(model);
  for (Graph& part : model.graphs) {
    remove_dropout(part);
    fold_batch_norm(part);
    fold_constants(part);
    fuse_pad(part);
    fuse_activation(part);
    eliminate_common_nodes(part);
    eliminate_dead_nodes(part);
    expand_activations(part);
    add_zero_biases(part);
  }
  restore_signatures(model);
  return model;
}

}  // namespace mirim
