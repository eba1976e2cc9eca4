#pragma once

#include <vector>

#include "mirim/passes/channel_labels.hpp"

namespace mirim {

/// Labels through an operator that only moves elements (OperatorKind::move): RESHAPE, TRANSPOSE, CONCATENATION, SPLIT,
/// PAD, SLICE, ... Which element comes from where is found by running the operator on the elements' numbers, so that
/// there is one rule for all of them:
///
/// Each axis of an input that has labels free to go continues as one axis of the output, the one that keeps most of its
/// indices apart (of equal ones the innermost): a channel becomes H*W places of a flattened [H,W,C]. Index b of that
/// axis can be removed where all its elements go at once; what padding or an input without such an axis fills is
/// fixed. All other axes of the output are fixed.
///
/// `outputs` holds the labels of each output's axes. False when the node cannot be run: what it does depends on values
/// that are no constants.
bool follow_moves(const Graph& graph, const Node& node, const std::vector<std::vector<AxisLabels>>& outputs,
                  ChannelLabels& labels);

}  // namespace mirim
