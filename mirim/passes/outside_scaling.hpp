#pragma once

#include <span>

#include "mirim/graph/graph.hpp"
#include "mirim/passes/calibrate.hpp"

/// A normalisation can be nodes of the graph or stand outside of it, as the scaling (`mirim/graph/meaning.hpp`) of an
/// input or output. Inside, any runtime takes raw numbers. Outside, each feature keeps the resolution of int8, which
/// has one scale for a tensor. Ids of values stay; some may be left unused.
namespace mirim {

/// Moves the chain of MUL, ADD, SUB and DIV by constants, one number or one per channel, directly after float input 0
/// out of the graph: the input now takes the chain's result, and its `scaling` computes it. Done only if it matters for
/// an input of one scale (the channels' numbers differ much, or 0 is far outside the usual deviation around the mean),
/// or if `always`. Exact but for rounding. Returns whether anything was moved.
bool take_out_input_scaling(Graph& graph, bool always = false);

/// The same for the MUL and ADD by constants that make float output 0.
bool take_out_output_scaling(Graph& graph, bool always = false);

/// Adds the `scaling` of input 0 as nodes after it: ADD of -mean, then MUL by 1 / deviation. Does nothing without one.
void put_in_input_scaling(Graph& graph);

/// Adds the `scaling` of output 0 as nodes before it: MUL by the deviation, then ADD of the mean. Does nothing without
/// one. The output may be of any type with a float kernel; it is float32.
void put_in_output_scaling(Graph& graph);

/// For a float graph whose input 0 has channels (elements of its last axis) of such different ranges that one of them
/// would have fewer than 32 of the 255 steps of an int8 input: gives each channel its own scale. The input then takes
/// numbers in [-1, 1], computed by its `scaling`, and the next layer with weights is changed to match, exactly but for
/// rounding. `channels` has the ranges of the current input. A channel that never changes is ignored. Returns whether
/// it was done; it is not if something else reads the input first.
bool scale_unlike_features(Graph& graph, std::span<const Range> channels);

}  // namespace mirim
