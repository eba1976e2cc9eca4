#pragma once

#include <cstdint>
#include <vector>

#include "mirim/compress/groups.hpp"

namespace mirim {

/// What each channel of a group weighs and costs, by channel. What is averaged over a channel's elements is so over all
/// layers that make it together, so that groups of different sizes can be compared.
struct ChannelScores {
  std::vector<double> l1{};          ///< mean of |w| over the weights that make the channel
  std::vector<double> l2{};          ///< root of the mean of w^2
  std::vector<double> scale{};       ///< mean of |gamma| over its batch norms; empty where there is none
  std::vector<std::int64_t> macs{};  ///< that one run is spared when this channel alone is removed, in all layers
};

/// Throws Error when weights are no float32 constants.
ChannelScores score_channels(const Graph& graph, const Group& group);

/// The multiply-accumulates alone; all 0 for a group whose channels must stay.
std::vector<std::int64_t> macs_of_channels(const Graph& graph, const Group& group);

}  // namespace mirim
