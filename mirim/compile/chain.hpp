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

}  // namespace mirim
