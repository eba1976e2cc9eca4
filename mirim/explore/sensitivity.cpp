#include "mirim/explore/sensitivity.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/compress/cluster.hpp"
#include "mirim/compress/prune.hpp"
#include "mirim/recipe/scan.hpp"

namespace mirim {
namespace {

Graph pruned(Graph graph, const PrunableWeights& weights, double share) {
  PruneOptions options{.sparsity = share};
  for (const PrunableWeights& other : prunable_weights(graph)) {
    if (other.layer != weights.layer) options.of_layer[other.layer] = 0;
  }
  Pruner(graph, options).prune_now(graph);
  return graph;
}

Graph clustered(Graph graph, const PrunableWeights& weights, std::int64_t clusters) {
  if (graph[weights.value].type.shape.elements() > clusters) {
    cluster(graph, weights.value, {.kmeans = {.clusters = clusters}, .axis = weights.axis});
  }
  return graph;
}

Graph rounded(Graph graph, const PrunableWeights& weights, std::int64_t bits) {
  round_weights(graph, weights, bits);
  return graph;
}

}  // namespace

double lost(const Score& before, const Score& now) {
  if (before.is_accuracy) return 100 * (before.value - now.value);
  return before.value > 0 ? 100 * (now.value / before.value - 1) : 100 * now.value;
}

Sensitivity measure_sensitivity(const Graph& graph, const std::string& layer, const Subset& samples,
                                const VerbWork& work) {
  constexpr std::int64_t kSamples = 1000;
  const Subset some = samples.first(kSamples);
  const std::vector<PrunableWeights> all = prunable_weights(graph);
  const auto found = std::ranges::find_if(all, [&](const PrunableWeights& w) { return w.layer == layer; });
  if (found == all.end()) fail("there is no layer '{}' with weights", layer);
  const Score whole = score(graph, some, "auto", work);
  const auto loses = [&](const Graph& changed) { return lost(whole, score(changed, some, "auto", work)); };

  Sensitivity result{.layer = layer, .weights = graph[found->value].type.shape.elements()};
  for (std::size_t i = 1; i < kSparsities.size(); ++i) {
    result.sparsity[i] = loses(pruned(graph, *found, kSparsities[i]));
  }
  result.clusters = loses(clustered(graph, *found, kClusters.back()));
  for (std::size_t i = 1; i < kBits.size(); ++i) result.bits[i] = loses(rounded(graph, *found, kBits[i]));
  return result;
}

}  // namespace mirim
