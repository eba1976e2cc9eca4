#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <tuple>
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

/// Chains of one graph and their kernels on one target: they are the same when a plan is to save something else.
class ChainMemory {
 public:
  /// The chains that end with one step, with the rows of one band.
  struct Family {
    int first = 0;                                  ///< the earliest step that one begins with
    std::vector<std::optional<ChainCost>> costs{};  ///< from `first` on
    std::optional<ChainCost> of_input{};            ///< from step 0 on, if the graph's one input is never whole
  };
  /// Of one order of the nodes.
  struct Order {
    std::vector<std::vector<int>> readers{};  ///< `consumers` of the graph
    std::vector<Link> links{};
    std::vector<std::vector<std::int32_t>> rows{};                            ///< at a time, by band and step
    std::vector<std::vector<Family>> families{};                              ///< by last step and band
    std::map<std::tuple<int, int, std::size_t, ValueId>, ChainPlan> plans{};  ///< by first and last, band, pushed input
  };
  Order& of(const std::vector<int>& order) { return orders_[order]; }

  /// `choose_kernel_for_rows`, found once.
  const Choice& choice(const Graph& graph, int node, std::int32_t rows, const Target& target, Optimize kernels);

 private:
  std::map<std::vector<int>, Order> orders_;
  std::map<std::tuple<Optimize, int, std::int32_t>, Choice> choices_;
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
