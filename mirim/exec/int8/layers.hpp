#pragma once

#include "mirim/exec/int8/kernels.hpp"
#include "mirim/exec/interpreter.hpp"

namespace mirim::int8 {

/// A node that lowers to the device kernels conv2d (without groups), depthwise_conv2d (with a multiplier of 1, or of an
/// image of one channel), fully_connected, average_pool_2d, add or sub (of one shape), weights constant: made ready
/// with these kernels, to give the very bits of the device's. Empty for any other node, and where a sum is so large
/// that the rescaling of kernels.hpp would leave 32 bits.
std::function<void()> prepare(const BoundNode& bound, const Kernels& kernels);

/// The same for conv2d_dynamic, depthwise_conv2d_dynamic and fully_connected_dynamic: float activations, int8 weights.
std::function<void()> prepare_dynamic(const BoundNode& bound, const Kernels& kernels);

/// The same for unidirectional_sequence_lstm of int8.
std::function<void()> prepare_lstm(const BoundNode& bound, const Kernels& kernels);

/// The first of these that takes the node, with the fastest kernels of this machine.
std::function<void()> prepare_fastest(const BoundNode& bound);

}  // namespace mirim::int8
