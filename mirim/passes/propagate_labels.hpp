#pragma once

#include <vector>

#include "mirim/passes/channel_labels.hpp"

namespace mirim {

/// An axis of weights whose indices are output channels: what makes neurons.
struct Producer {
  int node = -1;
  ValueId weights = kNoValue;
  int axis = 0;
};

/// Unites and fixes labels as every operator of the graph asks for, and the graph's inputs and outputs. Returns the
/// producers in the order of the nodes.
std::vector<Producer> propagate_labels(const Graph& graph, ChannelLabels& labels);

}  // namespace mirim
