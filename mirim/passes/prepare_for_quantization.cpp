#include "mirim/passes/prepare_for_quantization.hpp"

#include "mirim/passes/absorb_normalization.hpp"
#include "mirim/passes/contract_activations.hpp"
#include "mirim/passes/eliminate_common_nodes.hpp"
#include "mirim/passes/fold_batch_norm.hpp"
#include "mirim/passes/fold_normalization.hpp"
#include "mirim/passes/fuse_activation.hpp"
#include "mirim/passes/fuse_pad.hpp"
#include "mirim/passes/outside_scaling.hpp"
#include "mirim/passes/simplify.hpp"
#include "mirim/passes/spell_for_integers.hpp"
#include "mirim/passes/widen_weights.hpp"

namespace mirim {
namespace {

/// Whether `quantize` can absorb the whole normalisation into the input's quantization.
bool absorbs(Graph graph) {
  const std::size_t before = graph.nodes.size();
  absorb_normalization(graph, {.scale = {1.0F}, .zero_point = {-128}});
  const std::size_t absorbed = before - graph.nodes.size();
  const std::size_t left = graph.nodes.size();
  fold_normalization(graph);
  return absorbed > 0 && graph.nodes.size() == left;
}

}  // namespace

void prepare_for_quantization(Graph& graph, const PrepareOptions& options) {
  remove_dropout(graph);
  fold_batch_norm(graph);
  contract_activations(graph);
  fold_constants(graph);
  widen_weights(graph);
  if (options.outside_scaling) take_out_input_scaling(graph);
  if (!options.raw_bytes || !absorbs(graph)) fold_normalization(graph);
  fuse_pad(graph);
  fuse_activation(graph);
  spell_for_integers(graph);
  eliminate_common_nodes(graph);
  eliminate_dead_nodes(graph);
}

}  // namespace mirim
