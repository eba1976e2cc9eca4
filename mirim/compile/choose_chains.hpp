#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
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

/// Chains of one graph that were planned already: with other kernels, or to save something else, they are the same.
class ChainMemory {
 public:
  /// As plan_chain. `order` is that of the links.
  const std::optional<ChainPlan>& plan(const Graph& graph, const std::vector<std::vector<int>>& readers,
                                       std::span<const Link> links, const std::vector<int>& order, int first, int last,
                                       const std::vector<std::int32_t>& rows, ValueId pushed);

 private:
  struct Key {
    int first = 0, last = 0;
    ValueId pushed = kNoValue;
    std::vector<std::int32_t> rows{};
    auto operator<=>(const Key&) const = default;
  };
  std::map<std::vector<int>, std::map<Key, std::optional<ChainPlan>>> of_order_;
};

/// The bytes of the arena that a plan with these chains needs. If so many as its buffers take at least are `hopeless`,
/// that least is enough.
using ArenaOf = std::function<std::int64_t(const std::vector<ChosenChain>&,
                                           const std::function<bool(std::int64_t least)>& hopeless)>;

/// Cuts the order into chains and single steps: for each limit of the peak the cut of the fewest cycles, by dynamic
/// programming over the cut points, and of these the best for `optimize`. `choices` has the kernel of each node for
/// whole tensors, `kernels` says by what those for rows are chosen. The order is not changed. With `speed` and `size`
/// all tensors stay whole. `pushed` (Plan::pushed) is read by one chain, the first; empty if there is no such chain.
std::vector<ChosenChain> choose_chains(const Graph& graph, const Sharing& sharing, const std::vector<int>& order,
                                       const std::vector<Choice>& choices, const Target& target, Optimize kernels,
                                       Optimize optimize, ValueId pushed, const ArenaOf& arena_of, ChainMemory& memory);

}  // namespace mirim
