#include "mirim/recipe/relative_steps.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "mirim/compress/prune.hpp"
#include "mirim/exec/parameters.hpp"
#include "mirim/ops/batch_norm.hpp"
#include "mirim/recipe/parsed.hpp"

namespace mirim {

// A converter folds batch norm into the weights before it; what is left may be of any size.
bool takes_relative_steps(const Graph& graph, const std::string& steps) {
  using Choice = std::optional<bool>;  // none: auto
  constexpr std::array kSteps = {std::pair<std::string_view, Choice>("absolute", false),
                                 std::pair<std::string_view, Choice>("relative", true),
                                 std::pair<std::string_view, Choice>("auto", std::nullopt)};
  if (const Choice choice = chosen("steps", steps, kSteps)) return *choice;
  constexpr float kSmall = 0.02F;
  if (std::ranges::any_of(graph.nodes, [](const Node& node) { return node.op.is<BatchNorm>(); })) return false;
  return std::ranges::any_of(prunable_weights(graph), [&](const PrunableWeights& weights) {
    return size_of_numbers(graph[weights.value].values<float>()) < kSmall;
  });
}

}  // namespace mirim
