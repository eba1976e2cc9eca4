#pragma once

#include <span>

#include "mirim/graph/graph.hpp"
#include "mirim/passes/calibrate.hpp"

/// A normalisation can be nodes of the graph or stand outside of it, as the scaling (`mirim/graph/meaning.hpp`) of an
/// input or output. Inside, any runtime takes raw numbers. Outside, each feature keeps the resolution of int8, which
/// has one scale for a tensor. Ids of values stay; some may be left unused.
namespace mirim {

/// Takes the chain of MUL, ADD, SUB and DIV by constants, one number or one per channel, directly behind float input 0
/// out of the graph: the input now takes what the chain made, and its `scaling` makes that. Only where it matters for
/// an input of one scale: the channels have unlike numbers, or 0 lies far from all that a deviation around the mean
/// reaches; or `always`. Exact but for rounding. Returns whether anything was taken.
bool take_out_input_scaling(Graph& graph, bool always = false);

/// The same for the MUL and ADD by constants that make float output 0.
bool take_out_output_scaling(Graph& graph, bool always = false);

/// The `scaling` of input 0 as nodes behind it: ADD of -mean, then MUL by 1 / deviation. None: nothing.
void put_in_input_scaling(Graph& graph);

/// The `scaling` of output 0 as nodes in front of it: MUL by the deviation, then ADD of the mean. None: nothing. The
/// output may be of any type with a float kernel; it is float32.
void put_in_output_scaling(Graph& graph);

/// For a float graph whose input 0 has channels (elements of its last axis) of unlike ranges, so that one of them would
/// have fewer than 32 of the 255 steps of an int8 input: gives each channel a scale of its own. The input then takes
/// numbers in [-1, 1], made by its `scaling`, and the layer with weights behind it is changed to match, exactly but for
/// rounding. `channels` has the ranges of what the input takes now. A channel that never changes does not count.
/// Returns whether it was done; not where something else reads the input first.
bool scale_unlike_features(Graph& graph, std::span<const Range> channels);

}  // namespace mirim
