#pragma once

#include "mirim/exec/interpreter.hpp"

namespace mirim::simd {

/// int8 CONV_2D without groups, DEPTHWISE_CONV_2D with a multiplier of 1, and FULLY_CONNECTED with constant weights, on
/// vectors: the same bits as the device kernel. Empty for any other node.
std::function<void()> prepare_int8(const BoundNode& bound);

}  // namespace mirim::simd
