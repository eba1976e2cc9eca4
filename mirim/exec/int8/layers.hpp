#pragma once

#include "mirim/exec/int8/kernels.hpp"
#include "mirim/exec/interpreter.hpp"

namespace mirim::int8 {

/// Whether weights are int8, or int4 or int2, of which a tensor holds each in a byte too.
bool is_narrow(const ConstTensorView& weights);
/// The weights of a node, a byte each.
const std::int8_t* weights_of(const BoundNode& bound);

/// A node with constant weights that lowers to one of the device kernels conv2d (without groups), depthwise_conv2d
/// (with a multiplier of 1, or of an image of one channel), fully_connected, average_pool_2d, add or sub (of one
/// shape), or to one with packed weights, prepared with these kernels. It gives exactly the device's bits. Empty for
/// any other node, and if a sum is so large that the rescaling of kernels.hpp would leave 32 bits.
std::function<void()> prepare(const BoundNode& bound, const Kernels& kernels);

/// The same for conv2d_dynamic, depthwise_conv2d_dynamic, fully_connected_dynamic and fully_connected_blocks:
/// float activations, narrow weights.
std::function<void()> prepare_dynamic(const BoundNode& bound, const Kernels& kernels);

/// The same for int8 unidirectional_sequence_lstm.
std::function<void()> prepare_lstm(const BoundNode& bound, const Kernels& kernels);

/// The first of these that takes the node, with the fastest kernels of this machine.
std::function<void()> prepare_fastest(const BoundNode& bound);

}  // namespace mirim::int8
