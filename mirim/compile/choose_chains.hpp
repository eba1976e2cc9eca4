#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "mirim/compile/chain.hpp"
#include "mirim/compile/sharing.hpp"
#include "mirim/machine/optimize.hpp"
#include "mirim/offers/offer.hpp"

namespace mirim {

/// Neighbours in the order that run as a chain, with the kernels for its rows.
struct ChosenChain {
  ChainPlan plan;
  std::vector<Choice> choices{};  ///< of its steps
};

/// The bytes of the arena that a plan with these chains needs.
using ArenaOf = std::function<std::int64_t(const std::vector<ChosenChain>&)>;

/// Cuts the order into chains and single steps: for each limit of the peak the cut of the fewest cycles, by dynamic
/// programming over the cut points, and of these the best for `optimize`. `choices` has the kernel of each node for
/// whole tensors, `kernels` says by what those for rows are chosen. The order is not changed. With `speed` and `size`
/// all tensors stay whole. `pushed` (Plan::pushed) is read by one chain, the first; empty if there is no such chain.
std::vector<ChosenChain> choose_chains(const Graph& graph, const Sharing& sharing, const std::vector<int>& order,
                                       const std::vector<Choice>& choices, const Target& target, Optimize kernels,
                                       Optimize optimize, ValueId pushed, const ArenaOf& arena_of);

}  // namespace mirim
