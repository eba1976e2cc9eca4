#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "mirim/compile/band.hpp"
#include "mirim/compile/plan.hpp"

namespace mirim {

/// A node in the order of the plan, with what it reads row by row; none if it cannot work so.
struct Link {
  int node = 0;
  std::optional<std::vector<RowReads>> reads{};
};

/// A chain with the bands of its steps, and what it costs.
struct ChainPlan {
  Chain chain;
  std::vector<RowBand> bands{};   ///< of its steps in order
  std::int64_t window_bytes = 0;  ///< of all windows
  std::int64_t moved_bytes = 0;   ///< within windows, to make room, and copied into them
  std::vector<ValueId> whole{};   ///< tensors from outside that it reads
  ValueId overlaid = kNoValue;    ///< of these the one that the result may lie over; none if there is not one only
  std::int64_t distance = 0;      ///< then the result may begin this many bytes before it, at least 0
  /// A single step without windows may begin with the last rows instead: then the result may end this many bytes behind
  /// `overlaid`, at least 0.
  std::optional<std::int64_t> distance_upwards{};
};

/// The chain of order[first] to order[last], where step `first + k` makes rows[k] rows at a time (a divisor of its
/// height). None if a node cannot work by rows. None if one takes rows as they come and is not the last of several.
/// None if a tensor inside is read outside or is a result of the graph. What windows hold and how far the result lags
/// behind its input is found by going through all rows. `pushed` is an input of the graph that is never whole
/// (Plan::pushed): it has a window wherever it is read.
/// `readers` are the graph's consumers (`consumers`), for callers that plan many chains.
std::optional<ChainPlan> plan_chain(const Graph& graph, const std::vector<std::vector<int>>& readers,
                                    std::span<const Link> order, int first, int last,
                                    std::span<const std::int32_t> rows, ValueId pushed = kNoValue);
std::optional<ChainPlan> plan_chain(const Graph& graph, std::span<const Link> order, int first, int last,
                                    std::span<const std::int32_t> rows, ValueId pushed = kNoValue);

/// What a chain costs: ChainPlan without its bands and windows.
struct ChainCost {
  std::int64_t window_bytes = 0, moved_bytes = 0;
  ValueId overlaid = kNoValue;
  std::int64_t distance = 0;
  std::optional<std::int64_t> distance_upwards{};
};

/// All chains that end with one step, gone through at once. A chain's last step asks for rows, and no layer changes
/// what those behind it ask for: so a window holds and moves the same rows however many steps are before the one that
/// makes it.
class ChainsTo {
 public:
  /// `rows` are those that each step of `order` makes at a time, up to `last`; of the others nothing is read. No chain
  /// has more than `longest` steps. The arguments that are not copied must outlive this.
  ChainsTo(const Graph& graph, const std::vector<std::vector<int>>& readers, std::span<const Link> order, int last,
           int longest, std::vector<std::int32_t> rows);

  /// The earliest step that a chain may begin with; above `last` if there is no chain.
  int first() const { return first_; }
  /// As `plan_chain` has it, for the chain from `first` on, at least first(); none if that has none.
  std::optional<ChainCost> cost(int first, ValueId pushed = kNoValue) const;

 private:
  std::optional<ChainCost> planned(int first, ValueId pushed) const;
  std::int64_t distance(int first, ValueId overlaid) const;
  bool is_inside(const BandRead& read, int first) const;

  const Graph& graph_;
  const std::vector<std::vector<int>>& readers_;
  std::span<const Link> order_;
  int first_ = 0, last_ = 0;
  std::vector<std::int32_t> rows_;
  std::optional<ChainPlan> longest_{};                        // from first_ on
  std::vector<std::int64_t> window_bytes_{}, moved_bytes_{};  // of windows that steps make: of this one and later ones
  std::vector<std::int32_t> made_{};                          // rows in the end, by step
  std::vector<std::int32_t> made_before_{};                   // the same before each call of the last step
};

}  // namespace mirim
