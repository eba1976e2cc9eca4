#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mirim/graph/graph.hpp"
#include "mirim/passes/propagate_labels.hpp"

namespace mirim {

/// An axis along which a group has channels.
struct ChannelAxis {
  ValueId value = kNoValue;
  int axis = 0;
  /// Of each index along the axis, the group's channel that it goes with, or -1: not one of this group.
  std::vector<std::int32_t> channel{};
};

/// Channels (neurons, units) that lie in the same places, each of which can be removed from all of them at once and
/// leaves a smaller network. Removing channel c takes away, along each of `axes`, all indices that go with it: an
/// output of a convolution, its bias and batch norm, the columns of the weights that read it.
struct Group {
  std::string name{};  ///< of the layers that make the channels: "conv1 + conv3"
  std::int64_t channels = 0;
  std::vector<Producer> producers{};
  std::vector<int> layers{};  ///< nodes of which a constant shrinks, in order
  std::vector<ChannelAxis> axes{};
  std::string reason{};  ///< why none can be removed; empty where they can, as long as each axis keeps an index
};

/// All groups of a graph that verify accepts, in the order of the layers that make them; every output channel of a
/// layer with weights is in one. Nothing but the graph is asked. The layers are CONV_2D (grouped as well: what is
/// removed of one group is removed of each), DEPTHWISE_CONV_2D, FULLY_CONNECTED, TRANSPOSE_CONV,
/// UNIDIRECTIONAL_SEQUENCE_LSTM and SVDF; what other operators do with channels see propagate_labels.cpp. Where an
/// operator is not understood its channels stay. Two layers that read one constant are coupled: see
/// `separate_constants`.
std::vector<Group> find_groups(const Graph& graph);

/// Gives each reader of a constant its own, but for shared weights, which are shared on purpose, and shapes, which have
/// no channels. A converter makes one bias of all that are zero. Copies cost nothing: the bytes stay the same ones.
void separate_constants(Graph& graph);

/// A line for each group: "16 channels of conv1, in conv1, bn1, conv2", "10 channels of fc stay: 'y' is an output of
/// the model".
std::string to_text(const Graph& graph, const std::vector<Group>& groups);

}  // namespace mirim
