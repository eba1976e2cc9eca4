#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Removes channels of integer layers that no result depends on, until none is left. Exact: every output keeps its bits
/// for every input.
///
/// A channel is read by the layers that have a weight other than 0 for it. One that is always the same number
/// (`channel_intervals`) is not read: its products are a constant, which the reader's bias takes; where the reader
/// pads, only if the number is the zero point, since the products at the border are 0. An output that is always the
/// same reads nothing. What a channel takes with it, and where channels must stay, say `find_groups`; a group of
/// channels is removed if none of its readers is needed. Operators that mix channels in other ways, and floats, keep
/// theirs. Every axis keeps a channel.
void eliminate_dead_channels(Graph& graph);

}  // namespace mirim
