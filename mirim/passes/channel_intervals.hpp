#pragma once

#include <cstdint>
#include <vector>

#include "mirim/graph/graph.hpp"
#include "mirim/passes/integer_layer.hpp"

namespace mirim {

/// Integers from `least` to `most`, both included.
struct Interval {
  std::int64_t least = 0;
  std::int64_t most = 0;

  bool is_constant() const { return least == most; }
  bool operator==(const Interval&) const = default;
};

/// By ValueId, for each index of the last axis, values that no run leaves; empty where the value is not int8.
using ChannelIntervals = std::vector<std::vector<Interval>>;

/// Interval arithmetic from the inputs, which may hold any int8, to the outputs, with the integers of the kernels
/// themselves. Understood are CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED, ADD, SUB, MUL, MAXIMUM, MINIMUM, pooling,
/// MEAN, operators that only move elements, and int8 functions of one element. What others make can be any int8.
ChannelIntervals channel_intervals(const Graph& graph);

/// Of each output of an int8 layer the sum in its accumulator, the bias included, when x is within `x`: an interval for
/// each index of its last axis.
std::vector<Interval> sum_intervals(const Graph& graph, const IntegerLayer& layer, const std::vector<Interval>& x);

/// The interval of input `channel` of the layer, of those of the last axis of x: FULLY_CONNECTED's rows may hold
/// several pixels.
Interval interval_of_channel(const std::vector<Interval>& x, const IntegerLayer& layer, std::int64_t channel);

/// What an int8 operator makes of every int8, 256 entries from -128 on, if it is a function of one int8 element to one
/// int8 element; otherwise empty.
std::vector<std::int8_t> table_of(const Graph& graph, const Node& node);

}  // namespace mirim
