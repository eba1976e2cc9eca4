#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "mirim/graph/graph.hpp"

namespace mirim {

struct ChannelPruning {
  enum class Criterion {
    magnitude,   ///< root mean square of the weights that make a channel
    batch_norm,  ///< |gamma| of its batch norm; magnitude where it has none
    flops,       ///< magnitude for each multiply-add that the channel costs
    latency,     ///< magnitude for each unit of `cost` that it costs
    taylor,      ///< mean of `importance` over the weights that make it
  };
  double share = 0.4;  ///< of the graph's multiply-adds that goes, in [0, 1)
  Criterion criterion = Criterion::magnitude;
  std::function<double(const Graph&)> cost{};          ///< of one run on a board, of latency
  std::map<ValueId, std::vector<float>> importance{};  ///< |w dL/dw| by element, of taylor (taylor_scores)
  double most_of_group = 0.875;                        ///< of a group's channels that may go, at most all but one
};

struct ChannelsRemoved {
  std::int64_t macs_before = 0, macs_after = 0;
  std::vector<std::string> lines{};  ///< for each group that lost any: "conv1 + conv3: 5 of 16 channels"
};

/// Removes the channels of lowest score until `share` of the multiply-adds is gone, or a little more. A score counts in
/// means of its group, so that layers of larger weights do not keep more. Throws Error when the share is out of range
/// or cannot be reached, with the share that can.
ChannelsRemoved prune_channels(Graph& graph, const ChannelPruning& options);

}  // namespace mirim
