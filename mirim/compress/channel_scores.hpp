#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "mirim/passes/groups.hpp"

namespace mirim {

/// What each channel of a group weighs and costs, by channel. What is averaged over a channel's elements is so over all
/// layers that make it together, so that groups of different sizes can be compared.
struct ChannelScores {
  std::vector<double> l1{};          ///< mean of |w| over the weights that make the channel
  std::vector<double> l2{};          ///< root of the mean of w^2
  std::vector<double> given{};       ///< mean of what `importance` says of these weights; empty without
  std::vector<double> scale{};       ///< mean of |gamma| over its batch norms; empty where there is none
  std::vector<std::int64_t> macs{};  ///< that one run is spared when this channel alone is removed, in all layers
};

/// `importance` has a number for each element of constants, such as the mean of |w dL/dw|. Throws Error when weights
/// are no float32 constants, or have none of its numbers where it has any.
ChannelScores score_channels(const Graph& graph, const Group& group,
                             const std::map<ValueId, std::vector<float>>& importance = {});

/// What `cost` of the graph falls by when a channel is removed, in all layers: alone, or as one of `at_once` neighbours
/// (1 to fewer than the group's channels), of which each has the same share. All 0 for a group whose channels must
/// stay.
std::vector<double> costs_of_channels(const Graph& graph, const Group& group,
                                      const std::function<double(const Graph&)>& cost, std::int64_t at_once = 1);

/// The multiply-accumulates alone; all 0 for a group whose channels must stay.
std::vector<std::int64_t> macs_of_channels(const Graph& graph, const Group& group);

}  // namespace mirim
